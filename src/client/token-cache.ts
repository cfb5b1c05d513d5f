// The bearer tokens of one registry: each asked for once however many requests want it, renewed a little early, dropped when refused.
// Kept in memory only. Who asks, for what and where is the key, so nobody gets the token of other credentials.

import { createHash } from "node:crypto";
import { createFlights } from "./flights.ts";
import { mergeScopes } from "./scope.ts";
import { askForToken, type AskTokenServer, type Token, type TokenQuestion } from "./token.ts";

export interface Tokens {
  /** A token that lives for some seconds more. @throws as askForToken, and the signal's reason */
  get(question: TokenQuestion, signal: AbortSignal | undefined): Promise<string>;
  /**
   * The registry refused `sent` (undefined: a request without a token). True: `get` gives another one that is worth trying. A token is
   * renewed once and widened once; when the new one is refused too, that stands.
   */
  refused(question: TokenQuestion, sent: string | undefined, challenge: BearerChallenge): boolean;
}

/** Parameters of the challenge, as far as they were there. */
export interface BearerChallenge {
  readonly scope?: string | undefined;
  readonly error?: string | undefined;
}

interface Slot {
  token: Token | undefined;
  askedAt: number;
  /** What the registry itself said is needed beyond the request's own scopes. */
  more: readonly string[];
  widened: boolean;
  renewed: boolean;
}

const earlyMs = 5000;
/** So long after it was fetched a refused token counts as fresh: another one would not fare better. */
const freshMs = 10_000;
const maxSlots = 1000;
/** Characters of all scopes of a question: a registry that asks for ever new ones must not fill the memory. */
const maxScope = 4096;

export function createTokens(ask: AskTokenServer, now: () => number): Tokens {
  const slots = new Map<string, Slot>();
  const refreshTokens = new Map<string, string>();
  const flights = createFlights();

  /** The slot becomes the youngest; the oldest goes when there are too many. */
  function slotOf(key: string): Slot {
    const slot = slots.get(key) ?? { token: undefined, askedAt: 0, more: [], widened: false, renewed: false };
    slots.delete(key);
    slots.set(key, slot);
    const [oldest] = slots.keys();
    if (slots.size > maxSlots && oldest !== undefined) slots.delete(oldest);
    return slot;
  }

  async function fetch(question: TokenQuestion, slot: Slot, signal: AbortSignal): Promise<string> {
    const { realm, service, credential, scopes } = question;
    const owner = identify([realm.href, service, credential]);
    const refreshToken = credential === undefined ? undefined : refreshTokens.get(owner);
    const { more } = slot;
    const asked = { ...question, scopes: mergeScopes([...scopes, ...more]), refreshToken };
    const token = await askForToken(ask, asked, now, signal);
    refreshTokens.delete(owner);
    if (token.refreshToken !== undefined && refreshTokens.size < maxSlots) refreshTokens.set(owner, token.refreshToken);
    // Widened meanwhile: the wider token is on its way.
    if (slot.more === more) [slot.token, slot.askedAt] = [token, now()];
    return token.value;
  }

  return {
    async get(question, signal) {
      const key = keyOf(question);
      const slot = slotOf(key);
      if (slot.token !== undefined && now() < slot.token.expiresAt - earlyMs) return slot.token.value;
      // Scopes learned on the way make another question of it.
      return flights.join(identify([key, slot.more]), signal, (stop) => fetch(question, slot, stop));
    },

    refused(question, sent, { error, scope = "" }) {
      const slot = slotOf(keyOf(question));
      const known = mergeScopes([...question.scopes, ...slot.more]);
      const isTooMuch = known.join(" ").length + scope.length > maxScope;
      const wanted = isTooMuch ? known : mergeScopes([...known, ...scope.split(" ")]);
      const wider = wanted.join(" ") !== known.join(" ");
      if (sent === undefined || sent !== slot.token?.value) {
        // Without a token, or with one that another request has replaced meanwhile.
        if (wider && sent === undefined) [slot.more, slot.token] = [wanted, undefined];
        return true;
      }

      const fresh = now() - slot.askedAt < freshMs;
      if (!fresh) [slot.widened, slot.renewed] = [false, false];
      if (wider && error !== "invalid_token" && !slot.widened) {
        [slot.more, slot.token, slot.widened] = [wanted, undefined, true];
        return true;
      }
      if (error === "insufficient_scope" || slot.renewed || (fresh && error !== "invalid_token")) return false;
      [slot.token, slot.renewed] = [undefined, true];
      return true;
    },
  };
}

function keyOf({ realm, service, credential, scopes }: TokenQuestion): string {
  return identify([realm.href, service, credential, scopes]);
}

/** A hash, so that no secret lies about as a key. */
function identify(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
