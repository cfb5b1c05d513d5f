// Why no answer came, in words that say what to do. A value rather than an exception: whether to try again is decided elsewhere (retry.ts),
// and only then it becomes a RegistryError (wire-errors.ts).

import { RegistryError, type ErrorCode } from "../oci/errors.ts";

export interface Failure {
  readonly code: ErrorCode;
  /** A clause without the host, such as "refuses the connection". */
  readonly message: string;
  readonly cause: unknown;
  /** It may well work the next time: reset, end of stream, temporary DNS failure, timeout. */
  readonly transient: boolean;
  /** Whether anything of the request may have reached the host. */
  readonly arrived: boolean;
}

interface Row {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly transient?: boolean;
}

const verifyHint = "give its CA certificate, or switch verification off for this host";
const untrusted: Row = { message: `has a certificate that no known authority signed: ${verifyHint}` };
const noTls: Row = { message: "does not speak TLS on this port: if it is a registry without TLS, write http:// before its name" };
const wantsCertificate: Row = { message: "wants a client certificate, and refuses the one it got or the lack of one" };
const brokenOff: Row = { message: "closed the connection before the answer was complete", transient: true };
const notHttp = { code: "PROTOCOL_VIOLATED", message: "does not answer with valid HTTP" } as const;

/** By `code` of Node and undici errors. */
const rows: Readonly<Record<string, Row>> = {
  ECONNREFUSED: { message: "refuses the connection: nothing listens on this port" },
  ENOTFOUND: { message: "is not known to DNS: check its spelling and your network" },
  EAI_AGAIN: { message: "cannot be looked up now: DNS does not answer", transient: true },
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  UND_ERR_SOCKET: brokenOff,
  ETIMEDOUT: { code: "TIMEOUT", message: "does not answer: the connection timed out", transient: true },
  UND_ERR_CONNECT_TIMEOUT: { code: "TIMEOUT", message: "does not answer: the connection timed out", transient: true },
  EHOSTUNREACH: { message: "cannot be reached: no route to it" },
  ENETUNREACH: { message: "cannot be reached: there is no network to it" },
  CERT_HAS_EXPIRED: { message: "has a certificate that has expired" },
  CERT_NOT_YET_VALID: { message: "has a certificate that is not valid yet: check the clocks" },
  DEPTH_ZERO_SELF_SIGNED_CERT: { message: `has a self-signed certificate: ${verifyHint}` },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: { message: "has a certificate for another name" },
  UND_ERR_PRX_TLS: { message: "has a certificate for another name, or its proxy has" },
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: wantsCertificate,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: wantsCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: wantsCertificate,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: {
    message: "refuses the TLS handshake: it may want a client certificate or another version",
  },
  UND_ERR_HEADERS_OVERFLOW: { code: "PROTOCOL_VIOLATED", message: "sends more headers than are accepted" },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { code: "PROTOCOL_VIOLATED", message: "sends a body of another length than it announced" },
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: { code: "SIZE_INVALID", message: "was to get a body of another length than announced" },
  UND_ERR_DESTROYED: { message: "was not asked to the end: the client was closed" },
  UND_ERR_CLOSED: { message: "was not asked: the client was closed" },
};

export function failureOf(error: unknown, arrived: boolean): Failure {
  if (error instanceof RegistryError) {
    return { code: error.code, message: error.message, cause: undefined, transient: false, arrived };
  }
  // the parser's error holds what came, which is nothing for a log
  if (error instanceof Error && error.name === "HTTPParserError")
    return { ...notHttp, cause: undefined, transient: false, arrived };
  const row = rowOf(error);
  return { code: row.code ?? "UNREACHABLE", message: row.message, cause: error, transient: row.transient ?? false, arrived };
}

export function timeoutFailure(milliseconds: number, arrived: boolean): Failure {
  const message = `sent nothing for ${milliseconds / 1000} s`;
  return { code: "TIMEOUT", message, cause: undefined, transient: true, arrived };
}

function rowOf(error: unknown): Row {
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  // several addresses were tried: the first one speaks for all
  if (Array.isArray(errors) && errors.length > 0 && rows[String(code)] === undefined) return rowOf(errors[0]);
  const proxy = /^Proxy response \((\d+)\)/.exec(String(message));
  if (proxy !== null) return { message: `is behind a proxy that answered ${proxy[1]}` };
  if (typeof code !== "string") return { message: "cannot be reached" };
  return rows[code] ?? { message: `cannot be reached (${code})` };
}
