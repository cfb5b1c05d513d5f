// Passwords: argon2id by Node's own crypto, off the event loop, stored as a PHC string. What would surprise: few are computed at a time
// and few wait, because each takes 19 MiB and a core for some 50 ms, and whoever is not logged in may ask for it.

import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { RegistryError } from "../oci/errors.ts";
import { isBcrypt, verifyBcrypt } from "./bcrypt.ts";
import { isSecret } from "./secret.ts";

/** OWASP's second choice of equal strength: memory in KiB, one lane, so that two logins take two cores and not eight. */
const cost = { memory: 19 * 1024, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;
const prefix = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$`;
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const minLength = 10;
const maxLength = 256;
const minDifferent = 4;
/** Long enough for the rule above, and tried first by everybody who guesses. */
const common = new Set(
  (
    "1234567890 0123456789 0987654321 12345678910 123456789a 1q2w3e4r5t 1qaz2wsx3edc abcdefghij administrator changeme123 " +
    "changemenow iloveyou123 letmein1234 passw0rd123 password01 password12 password123 password1234 passwordpassword " +
    "qwerty12345 qwertyuiop welcome123 welcome1234 containers dockerdocker dockerhub123 registry123 hythehythe kubernetes"
  ).split(" "),
);

/** A new PHC string. @throws TOOMANYREQUESTS when too many wait already */
export async function hashPassword(text: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await compute(text, salt, { ...cost, tagLength: hashBytes });
  return prefix + `${toBase64(salt)}$${toBase64(hash)}`;
}

/** Of what we hash, and of what came with an htpasswd file; false for any other form. @throws TOOMANYREQUESTS when too many wait already */
export async function verifyPassword(text: string, stored: string): Promise<boolean> {
  if (isBcrypt(stored)) return verifyBcrypt(text, stored);
  const [, memory, passes, parallelism, salt, hash] = form.exec(stored) ?? [];
  if (hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const settings = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const actual = await compute(text, Buffer.from(salt!, "base64"), { ...settings, tagLength: expected.length });
  return timingSafeEqual(actual, expected);
}

/** What a password costs that belongs to nobody, so that names cannot be found out by the clock: no text has this hash. */
export const nobodysHash = `${prefix}${toBase64(randomBytes(saltBytes))}$${toBase64(randomBytes(hashBytes))}`;

/** Whether a password that was right is to be stored anew, because we hash otherwise now. */
export function needsRehash(stored: string): boolean {
  return !stored.startsWith(prefix);
}

/** @throws REQUEST_INVALID with a sentence that says what is wrong */
export function checkPasswordRules(text: string, name: string): void {
  const password = normalize(text);
  const plain = password.toLowerCase();
  const characters = Array.from(password);
  const refuse = (message: string): never => {
    throw new RegistryError("REQUEST_INVALID", { message });
  };
  if (characters.length < minLength) refuse(`the password must have at least ${minLength} characters`);
  if (password.length > maxLength) refuse(`the password must have at most ${maxLength} characters`);
  if (/\p{Cc}/u.test(password)) refuse("the password must not hold control characters");
  if (new Set(characters).size < minDifferent) refuse(`the password must have at least ${minDifferent} different characters`);
  if (plain === name.toLowerCase() || plain === name.toLowerCase().repeat(2)) refuse("the password must not be the name");
  if (common.has(plain)) refuse("this password is one of those that are guessed first");
  if (isSecret(password)) refuse("this is a token, it cannot be a password as well");
}

/** The same characters may be typed as different code points. */
function normalize(text: string): string {
  return text.normalize("NFKC");
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("=", "");
}

const atOnce = 2;
const maxWaiting = 64;
let running = 0;
const waiting: (() => void)[] = [];

interface Settings {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly tagLength: number;
}

async function compute(text: string, nonce: Uint8Array, settings: Settings): Promise<Buffer> {
  if (running >= atOnce) {
    if (waiting.length >= maxWaiting) {
      const message = "too many people are signing in, try again in a moment";
      throw new RegistryError("TOOMANYREQUESTS", { message, headers: { "Retry-After": "2" } });
    }
    // Whoever ends hands their place on, so that nobody overtakes.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    // A text of any length costs the same, nearly; one of a megabyte would not.
    const message = Buffer.from(normalize(text.slice(0, 4 * maxLength)));
    return await new Promise((resolve, reject) => {
      argon2("argon2id", { message, nonce, ...settings }, (error, hash) => (error ? reject(error) : resolve(hash)));
    });
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
