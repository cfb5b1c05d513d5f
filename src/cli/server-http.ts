// A running server over HTTP, with the login that is saved for its host. The login goes to that host alone, and never over plain HTTP to
// another machine, where anybody on the way could read along, unless that host is named insecure.

import { isLoopbackHost } from "../client/address-guard.ts";
import type { Login } from "../client/credential.ts";
import { RegistryError } from "../oci/errors.ts";
import { sessionAnswer } from "../wire/session.ts";
import type { Environment } from "./environment.ts";
import { askHttp, type HttpQuestion } from "./http-ask.ts";
import { isInsecure, registryAddress } from "./registry-address.ts";
import { findCredential } from "./registry-credentials.ts";
import type { TlsFlags } from "./registry-flags.ts";
import { createServer, type Server } from "./server.ts";

export const defaultServer = "http://127.0.0.1:5000";
const deadlineMs = 30_000;
const probeMs = 5000;

type Ask = typeof askHttp;
type Home = Pick<Environment, "env" | "home">;

export interface ServerAccess extends TlsFlags {
  /** The login is looked for there alone. */
  readonly authFile?: string;
}

/** `address`: a URL, or host:port. @throws REQUEST_INVALID */
export function openServer(environment: Home, address: string, access: ServerAccess = {}, ask: Ask = askHttp): Server {
  const name = parseAddress(address);
  if (access.tlsVerify === true && /^http:/i.test(address))
    throw invalid(`${address} is plain HTTP, which --tls-verify=true rules out\n${useTls(name)}`);
  let known: Promise<Way> | undefined;
  return createServer(name, async (question) => {
    const way = await (known ??= findWay(environment, address, access));
    const { server } = way;
    const asked = { ...question, ...way, url: new URL(`${server}${question.path}`) };
    const reply = await reach(server, () => ask(asked, AbortSignal.timeout(deadlineMs)));
    if (reply.status === 401) throw explainRefusal(new URL(server).host, way);
    return reply;
  });
}

/** Whether a Hythe answers there. Nobody is told who asks. */
export async function isHythe(environment: Home, address: string, access: TlsFlags): Promise<boolean> {
  try {
    const { server, tls } = await findConnection(environment, address, access);
    const url = new URL(`${server}/api/v1/session`);
    const signal = AbortSignal.timeout(probeMs);
    const { text } = await askHttp({ method: "GET", url, authorization: undefined, tls }, signal);
    return sessionAnswer.safeParse(JSON.parse(text)).success;
  } catch {
    return false; // whatever it is, it does not answer as one
  }
}

interface Connection extends Pick<HttpQuestion, "tls"> {
  /** A URL without a slash at its end. */
  readonly server: string;
}

/** What is a URL is spoken to as it says, a bare host as for images. */
async function findConnection(environment: Home, address: string, access: TlsFlags): Promise<Connection> {
  const url = new URL(parseAddress(address));
  const { host } = url;
  const bare = address.includes("://") ? undefined : await registryAddress(host, access, environment);
  if (bare !== undefined) url.protocol = new URL(parseAddress(bare.registryUrl)).protocol;
  const verifyTls = bare?.verifyTls ?? access.tlsVerify ?? !isInsecure(host, access, environment);
  const server = url.href.replace(/\/+$/, "");
  if (url.protocol !== "https:") return { server, tls: undefined };
  return { server, tls: verifyTls ? await findTls(environment, host) : { rejectUnauthorized: false } };
}

interface Way extends Connection, Pick<HttpQuestion, "authorization"> {
  /** Who is logged in, and sent; undefined: nobody. */
  readonly account: string | undefined;
  /** Why a login that is saved is not sent. */
  readonly withheld: "plain HTTP" | "only for images" | undefined;
}

async function findWay(environment: Home, address: string, access: ServerAccess): Promise<Way> {
  const connection = await findConnection(environment, address, access);
  const { host, hostname, protocol } = new URL(connection.server);
  const credential = await findCredential(environment, access, host, undefined);
  const nobody = { ...connection, authorization: undefined, account: undefined };
  if (credential === undefined) return { ...nobody, withheld: undefined };
  const isPlain = protocol !== "https:" && !isLoopbackHost(hostname);
  if (isPlain && !isInsecure(host, access, environment)) return { ...nobody, withheld: "plain HTTP" };
  if (!("username" in credential)) return { ...nobody, withheld: "only for images" };
  return { ...connection, authorization: await toBasic(credential), account: credential.username, withheld: undefined };
}

async function toBasic(login: Login): Promise<string> {
  const { basic } = await import("../client/token.ts");
  return basic(login);
}

/** As for images. */
async function findTls(environment: Home, host: string): Promise<HttpQuestion["tls"]> {
  const [{ certificateFolders }, { tlsFromFolders }, { rootCertificates }] = await Promise.all([
    import("./registry-session.ts"),
    import("../client/tls-files.ts"),
    import("node:tls"),
  ]);
  const { ca, ...own } = tlsFromFolders(certificateFolders(environment))(host) ?? {};
  return ca === undefined ? own : { ...own, ca: [...rootCertificates, ca] };
}

async function reach(server: string, ask: () => ReturnType<Ask>): ReturnType<Ask> {
  try {
    return await ask();
  } catch (error) {
    throw toUnreachable(server, error as Error);
  }
}

/** What a server says to nobody and to a wrong login, as a sentence of what to do here. */
function explainRefusal(host: string, { account, withheld }: Way): RegistryError {
  const [what, advice] =
    withheld === "plain HTTP"
      ? [
          `${host} wants a login, and it is not sent over plain HTTP`,
          `${useTls(`https://${host}`)}, or add --insecure where nobody else is on the way`,
        ]
      : withheld === "only for images"
        ? [`${host} wants a login, and the one that is saved is a token for images alone`, `save another: hythe login ${host}`]
        : account === undefined
          ? [`${host} wants a login`, `log in first: hythe login ${host}`]
          : [`${host} does not accept the saved login of ${account}`, `log in again: hythe login ${host}`];
  return new RegistryError("UNAUTHORIZED", { message: `${what}\n${advice}` });
}

/** A bare host is spoken to as for images: with TLS, but for this machine. */
function parseAddress(address: string): string {
  const url = address.includes("://") ? parseUrl(address) : (parseLoopback(address) ?? parseUrl(`https://${address}`));
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "") {
    return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  }
  throw invalid(`--server ${address} is not the address of a server: give one like ${defaultServer}`);
}

function useTls(server: string): string {
  return `name it with TLS: --server ${server.replace(/^http:/, "https:")}`;
}

function invalid(message: string): RegistryError {
  return new RegistryError("REQUEST_INVALID", { message });
}

function parseLoopback(address: string): URL | undefined {
  const url = parseUrl(`http://${address}`);
  return url !== undefined && isLoopbackHost(url.hostname) ? url : undefined;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function toUnreachable(server: string, error: Error): RegistryError {
  if (error.name === "TimeoutError") {
    return new RegistryError("TIMEOUT", {
      message: `${server} did not answer within ${deadlineMs / 1000} s; try again`,
      cause: error,
    });
  }
  return new RegistryError("UNAVAILABLE", { message: whyUnreachable(server, error), cause: error });
}

function whyUnreachable(server: string, { message, code = message }: NodeJS.ErrnoException): string {
  if (code === "ECONNREFUSED") {
    return `no server is running at ${server}: start one with \`npx hythe serve\`, or name another with --server or HYTHE_SERVER`;
  }
  if (/CERT|SIGNATURE/.test(code)) {
    const { host } = new URL(server);
    return `the certificate of ${server} is not trusted (${message})\nput the authority that signed it into ~/.docker/certs.d/${host}/ca.crt, or add --tls-verify=false to take any certificate`;
  }
  if (code === "EPROTO") return `${server} does not speak TLS: name it with http://`;
  if (code === "ECONNRESET" && server.startsWith("http:")) {
    return `${server} closed the connection: if it speaks TLS, name it with https://`;
  }
  return `${server} cannot be reached (${code}): check the address in --server or HYTHE_SERVER`;
}
