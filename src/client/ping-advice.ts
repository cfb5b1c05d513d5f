// What to do about a step of a ping that failed, one clause. Neutral: which flag or setting does it, the caller knows.

import type { RegistryError } from "../oci/errors.ts";
import type { PingStepName } from "./ping.ts";

export interface Situation {
  /** host[:port] */
  readonly host: string;
  /** Who is logged in; undefined: nobody. */
  readonly account: string | undefined;
  /** What to log in with there, as far as it is known. */
  readonly login: string | undefined;
}

type Advise = (error: RegistryError, situation: Situation) => string | undefined;

const online = "is this machine online, and does the way there need a VPN or a proxy?";

const byStep: Readonly<Record<PingStepName, Advise>> = {
  name: (error) =>
    causeOf(error) === "ENOTFOUND"
      ? "check the spelling; names of a company's own network are known only inside of it, or over its VPN"
      : online,
  connection(error) {
    if (causeOf(error) === "ECONNREFUSED") return "is the registry running, and on this port? Many listen on port 5000";
    return error.kind === "timeout" ? `a firewall on the way may drop what is sent: ${online}` : online;
  },
  TLS(error) {
    const cause = causeOf(error);
    const known = certificates[cause];
    if (known !== undefined) return known;
    if (/does not speak TLS/.test(error.message)) return "if it is meant to be without TLS, allow plain HTTP for this host";
    return /client certificate/.test(error.message) ? "ask whoever runs it for a client certificate and its key" : undefined;
  },
  registry(error, { host }) {
    const status = error.request?.status ?? 0;
    if (error.kind === "rate limited") return waitAdvice(error);
    if (status === 403) return "it refuses everybody, or the address of this machine: is a VPN needed?";
    if (status >= 500) return "it is in trouble itself: try again later, or tell whoever runs it";
    if (error.kind === "connection")
      return "something else may listen on this port, or it speaks TLS: try https:// before its name";
    return `check host and port: a website, a portal or a proxy may answer in place of the registry of ${host}`;
  },
  login(error, { account, login }) {
    if (error.kind === "connection" || error.kind === "timeout") return "the token server must be within reach, too";
    if (error.kind === "rate limited") return waitAdvice(error);
    const what = login === undefined ? "" : ` with ${login}`;
    return account === undefined ? `log in${what}` : `check the user name and the password, and log in again${what}`;
  },
  rights(error, { account }) {
    if (error.kind === "not found") return "check the spelling; what you have no right to looks as if it were not there";
    if (error.kind === "rate limited") return waitAdvice(error);
    if (error.kind !== "auth" && error.kind !== "forbidden") return undefined;
    return account === undefined
      ? "log in: not everybody may read it"
      : `ask whoever runs it for the right of ${account} to read it`;
  },
};

const trust = "ask whoever runs it for the certificate of the authority that signed it, and trust that for this host";

/** By the codes of OpenSSL and Node. */
const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "whoever runs it must renew the certificate; or is the clock of this machine wrong?",
  CERT_NOT_YET_VALID: "is the clock of this machine, or of that one, wrong?",
  DEPTH_ZERO_SELF_SIGNED_CERT: trust,
  SELF_SIGNED_CERT_IN_CHAIN: trust,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trust,
  UNABLE_TO_GET_ISSUER_CERT: trust,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trust,
  ERR_TLS_CERT_ALTNAME_INVALID: "use one of the names that the certificate is for, or ask whoever runs it for one for this name",
};

/** Undefined: the words of the step say it all. */
export function adviceFor(step: PingStepName, error: RegistryError, situation: Situation): string | undefined {
  return byStep[step](error, situation);
}

function waitAdvice({ retryAt }: RegistryError): string {
  return retryAt === undefined ? "wait, and try again" : `try again after ${retryAt.toISOString()}`;
}

function causeOf({ cause }: RegistryError): string {
  const { code, errors } = (cause ?? {}) as { code?: unknown; errors?: readonly unknown[] };
  return String(code ?? (errors?.[0] as { code?: unknown } | undefined)?.code);
}
