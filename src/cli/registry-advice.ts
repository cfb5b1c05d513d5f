// What went wrong at a registry, in one line, and what to do about it, in a second one.

import type { RegistryClient } from "../client/client.ts";
import { createRegistryError, RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Place } from "./image-argument.ts";
import { didYouMean, nearNames } from "./name-likeness.ts";
import type { RegistryAddress } from "./registry-address.ts";

export interface Circumstances {
  readonly registry: RegistryClient;
  readonly place: Place;
  /** Who is logged in there; undefined: nobody. */
  readonly account: string | undefined;
  readonly address: RegistryAddress;
}

/** Never rejects. What is no RegistryError is returned as it is. */
export async function explainFailure(error: unknown, circumstances: Circumstances): Promise<unknown> {
  if (!(error instanceof RegistryError)) return error;
  const { kind } = error;
  const plain = [error, error.cause].find(speaksTlsOnly);
  if (plain !== undefined) return told(plain, plain.message, tlsAdvice);
  if (kind === "auth") return told(error, ...explainLogin(error, circumstances));
  if (kind === "not found" && error.request !== undefined) return told(error, ...(await explainMissing(error, circumstances)));
  const advice = adviceFor(error, circumstances);
  return advice === undefined ? error : told(error, error.message, advice);
}

/** What the client says to programs that use it; at a command line the same is a flag. */
const forPrograms =
  / \(it speaks TLS on this port: write https:\/\/ before its name\)|: if it is a registry without TLS, write http:\/\/ before its name|: give its CA certificate, or switch verification off for this host/;

function told(error: RegistryError, words: string, advice: string | undefined): RegistryError {
  const { code, retryAt, status } = error;
  const what = words.replace(forPrograms, "");
  const message = advice === undefined || what.includes(advice) ? what : `${what}\n${advice}`;
  return createRegistryError(code, { message, status, cause: error, ...(retryAt && { retryAt }) });
}

function adviceFor(error: RegistryError, circumstances: Circumstances): string | undefined {
  const { account, place } = circumstances;
  const { host } = place;
  switch (error.kind) {
    case "forbidden":
      if (/\bimmutable\b/i.test(error.message)) return "push under another tag: this one is kept for everybody";
      return account === undefined
        ? `it may want a login: hythe login ${host}`
        : `${account} has no right to do this: ask who runs ${host}, or log in as somebody else with \`hythe login ${host}\``;
    case "rate limited":
      return adviceForLimit(error, circumstances);
    case "connection":
    case "timeout":
      return adviceForConnection(error, circumstances);
    case "unsupported":
      return adviceForUnsupported(error, circumstances);
    case "protocol":
      return `\`hythe ping ${host}\` shows what it answers; is it a registry?`;
    default:
      return undefined;
  }
}

function adviceForUnsupported({ message }: RegistryError, { place, registry }: Circumstances): string | undefined {
  const { host, repository } = place;
  if (repository === undefined) {
    return `the tags of a repository can be asked for all the same: \`hythe ls ${host}/REPOSITORY\`; \`hythe ping ${host}\` shows whether it is a registry at all`;
  }
  return /tag by its name/.test(message) && registry.profile.noDelete === undefined
    ? "--overwrite moves the tag to an empty manifest of its own and deletes that: the image and its other tags stay"
    : undefined;
}

/** What was typed without a host is nowhere in `library` but on Docker Hub. */
function ownName({ repository }: Place): string {
  const name = repository?.replace(/^library\//, "") ?? "";
  return `127.0.0.1:5000/${name}`;
}

const tlsAdvice = "it speaks TLS: add --tls-verify=true, or --tls-verify=false to take any certificate";

/** What Go's servers and nginx say to plain HTTP on a port of theirs that speaks TLS. */
function speaksTlsOnly(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false;
  const { message, request } = error;
  return request?.status === 400 && /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/i.test(message);
}

function adviceForLimit({ retryAt }: RegistryError, { account, place: { host } }: Circumstances): string | undefined {
  const when =
    retryAt === undefined ? "try again later" : `try again after ${retryAt.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return account === undefined ? `${when}; who is logged in may pull more: hythe login ${host}` : when;
}

function adviceForConnection(error: RegistryError, { address, place }: Circumstances): string {
  const { host, isImplied } = place;
  const ping = `\`hythe ping ${host}\` shows where it ends`;
  const code = String((error.cause as { code?: unknown } | undefined)?.code);
  if (isImplied) return `${ping}; a name without a host is on Docker Hub, on your own server it would be ${ownName(place)}`;
  if (/does not speak TLS/.test(error.message)) return `when plain HTTP is what you want there, add --insecure`;
  if (/certificate/.test(error.message) && address.verifyTls) {
    return `put the authority that signed it into ~/.docker/certs.d/${host}/ca.crt, or add --tls-verify=false to take any certificate`;
  }
  if (code === "ECONNREFUSED") return `is it running, and is that its port? \`hythe serve\` starts a registry on 127.0.0.1:5000`;
  return ping;
}

/** A login that was refused, or one that is missing. Trouble with a token server keeps its own words. */
function explainLogin(error: RegistryError, { account, place, registry }: Circumstances): [string, string] {
  const { host, isImplied, repository } = place;
  const login =
    registry.profile.login === undefined ? `hythe login ${host}` : `hythe login ${host}, with ${registry.profile.login}`;
  const realm = /'([^']+)' to allowedRealms/.exec(error.message)?.[1];
  if (realm !== undefined) return [error.message, `here that is HYTHE_ALLOWED_REALMS=${realm} in the environment`];
  if (error.request?.status !== 401) return [error.message, login];
  if (account !== undefined && isShortOfRights(error.detail)) {
    const does = { GET: "read", HEAD: "read", DELETE: "delete in" }[error.request.method] ?? "change";
    const what = `${account} may not ${does} ${repository ?? "that"} at ${host}`;
    return [what, `ask who runs ${host} for the right, or log in as somebody else: ${login}`];
  }
  if (account !== undefined) return [`${host} does not accept the login of ${account}`, `log in again: ${login}`];
  const where = repository === undefined ? host : `${host}/${repository}`;
  const isChange = !["GET", "HEAD"].includes(error.request.method);
  const what = isChange
    ? `changing ${where} wants a login`
    : `${where} wants a login${repository === undefined ? "" : ", or is not there"}`;
  return [what, isImplied ? `${login}; on your own server the name would be ${ownName(place)}` : `log in first: ${login}`];
}

async function explainMissing(error: RegistryError, { place, registry }: Circumstances): Promise<[string, string | undefined]> {
  const { host, isImplied, repository } = place;
  const own = isImplied ? `a name without a host is on Docker Hub; on your own server it would be ${ownName(place)}` : undefined;
  const path = error.request?.path ?? "";
  const tag = decodeURIComponent(/\/manifests\/([^/:]+)$/.exec(path)?.[1] ?? "");
  if (repository === undefined) return [error.message, `\`hythe ping ${host}\` shows what it answers; is it a registry?`];
  const tags = await readTags(registry, repository);
  if (tags === "unknown repository") {
    const near = nearNames(await readRepositories(registry), repository);
    return [`there is no repository '${repository}' at ${host}${didYouMean(near)}`, own];
  }
  if (tag !== "") {
    const near = didYouMean(nearNames(tags, tag));
    return [`${host}/${repository} has no tag '${tag}'${near}`, own ?? `\`hythe ls ${host}/${repository}\` lists its tags`];
  }
  const digest = /(sha\d+:[0-9a-f]+)$/.exec(path)?.[1];
  const missing = error.code === "BLOB_UNKNOWN" ? "blob" : "manifest";
  return [digest === undefined ? error.message : `${host}/${repository} has no ${missing} ${digest}`, own];
}

/** So many names are looked through for one that is near. */
const mostNames = 5000;

async function readTags(registry: RegistryClient, repository: RepositoryName): Promise<readonly string[] | "unknown repository"> {
  try {
    return await firstOf(registry.walkTags(repository));
  } catch (error) {
    return error instanceof RegistryError && error.code === "NAME_UNKNOWN" ? "unknown repository" : [];
  }
}

async function readRepositories(registry: RegistryClient): Promise<readonly string[]> {
  try {
    return await firstOf(registry.walkRepositories());
  } catch {
    return []; // many registries do not list them
  }
}

async function firstOf(pages: AsyncIterable<readonly string[]>): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of pages) {
    names.push(...page);
    if (names.length >= mostNames) break;
  }
  return names;
}

function isShortOfRights(detail: unknown): boolean {
  return (detail as { error?: unknown } | undefined)?.error === "insufficient_scope";
}
