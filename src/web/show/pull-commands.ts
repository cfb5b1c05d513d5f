// The line that fetches something with each client, as it is typed into a shell. The host is the one that clients reach, plain http
// adds each tool's own flag, and a tool that has no such flag gets a sentence. Pure.

import type { Place } from "./place.ts";

export const tools = ["docker", "podman", "nerdctl", "ctr", "crictl", "skopeo", "crane", "helm", "oras"] as const;
export type Tool = (typeof tools)[number];
/** Of wire/tags.ts; undefined: not known, which is taken for an image. */
export type Kind = "image" | "index" | "chart" | "artifact" | undefined;

export interface Source {
  /** Scheme and host, such as https://reg.example. */
  readonly url: string;
  readonly needsLogin: boolean;
}

export interface Commands {
  /** To be run once before; undefined: not needed, or this tool has none. */
  readonly login?: string | undefined;
  readonly pull: string;
  /** Whole sentences about what the line cannot say. */
  readonly notes: readonly string[];
}

/** The tools that can fetch it, the usual one first. */
export function toolsFor(kind: Kind): readonly Tool[] {
  if (kind === "chart") return ["helm", "oras", "skopeo"];
  if (kind === "artifact") return ["oras", "skopeo"];
  return tools.filter((tool) => tool !== "helm");
}

/** `reg.example`; a bare name gets its port, because clients take a first segment without dot or port for a name on Docker Hub. */
export function commandHost(url: string): string {
  const { host, hostname, protocol } = new URL(url);
  if (host === "registry-1.docker.io" || host === "index.docker.io") return "docker.io";
  if (host !== hostname || /[.:]/.test(hostname) || hostname === "localhost") return host;
  return `${host}:${protocol === "http:" ? 80 : 443}`;
}

export function isPlainHttp(url: string): boolean {
  return new URL(url).protocol === "http:";
}

/** Clients themselves allow plain http there. */
export function isLoopback(url: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

/** Of the tags of a repository, the newest first: `latest`, which tools take when they are told none, else the newest. */
export function tagToPull<Tag extends { readonly name: string }>(tags: readonly Tag[]): Tag | undefined {
  return tags.find(({ name }) => name === "latest") ?? tags[0];
}

/** Helm fetches by version or by digest, not by any tag. */
export function takesTag(tool: Tool, tag: string | undefined): boolean {
  return tool !== "helm" || tag === undefined || isVersion(tag);
}

/** Of a place with a digest: by digest, else by tag, else whatever the tool takes when it is told neither. */
export function pullCommands(tool: Tool, { url, needsLogin }: Source, place: Place, kind?: Kind): Commands {
  const host = commandHost(url);
  const plain = isPlainHttp(url);
  const reference = `${host}/${place.repository}${place.digest === undefined ? tagPart(place.tag) : `@${place.digest}`}`;
  const own = lines[tool]({ host, plain, needsLogin, reference: quote(reference), place, kind, folder: quote(folderOf(place)) });
  return {
    ...(needsLogin && own.login !== undefined && { login: join(own.login) }),
    pull: join(own.pull),
    notes: [...(plain && !isLoopback(url) ? sentences(insecureNotes[tool], host) : []), ...(own.notes ?? [])],
  };
}

type Word = string | false | undefined;
interface Wanted {
  readonly host: string;
  readonly plain: boolean;
  readonly needsLogin: boolean;
  readonly reference: string;
  readonly place: Place;
  readonly kind: Kind;
  /** Where tools that write files may put them. */
  readonly folder: string;
}
interface Lines {
  readonly login?: readonly Word[];
  readonly pull: readonly Word[];
  readonly notes?: readonly string[];
}

const lines: Readonly<Record<Tool, (wanted: Wanted) => Lines>> = {
  docker: ({ host, reference }) => ({ login: ["docker login", host], pull: ["docker pull", reference] }),
  podman: ({ host, plain, reference }) => ({
    login: ["podman login", plain && "--tls-verify=false", host],
    pull: ["podman pull", plain && "--tls-verify=false", reference],
  }),
  nerdctl: ({ host, plain, reference }) => ({
    login: ["nerdctl", plain && "--insecure-registry", "login", host],
    pull: ["nerdctl", plain && "--insecure-registry", "pull", reference],
  }),
  ctr: ({ plain, needsLogin, reference }) => ({
    pull: ["ctr images pull", plain && "--plain-http", needsLogin && "--user NAME", reference],
    ...(needsLogin && { notes: ["ctr keeps no login: put your name for NAME, and it asks for the password."] }),
  }),
  crictl: ({ needsLogin, reference }) => ({
    pull: ["crictl pull", needsLogin && "--creds NAME:PASSWORD", reference],
    ...(needsLogin && { notes: ["crictl keeps no login: put a name and a token for NAME:PASSWORD."] }),
  }),
  skopeo: ({ host, plain, reference, folder, place }) => ({
    login: ["skopeo login", plain && "--tls-verify=false", host],
    pull: [
      "skopeo copy",
      plain && "--src-tls-verify=false",
      `docker://${reference}`,
      `oci:${folder}${place.digest === undefined ? tagPart(place.tag) : ""}`,
    ],
  }),
  crane: ({ host, plain, reference, folder }) => ({
    login: ["crane auth login", plain && "--insecure", host],
    pull: ["crane pull", plain && "--insecure", reference, `${folder}.tar`],
  }),
  helm: ({ host, plain, reference, place }) => ({
    login: ["helm registry login", plain && "--plain-http", host],
    pull:
      place.digest === undefined && isVersion(place.tag)
        ? [
            "helm pull",
            `oci://${quote(`${host}/${place.repository}`)}`,
            `--version ${toVersion(place.tag)}`,
            plain && "--plain-http",
          ]
        : ["helm pull", `oci://${reference}`, plain && "--plain-http"],
    ...(!takesTag("helm", place.tag) &&
      place.digest === undefined && { notes: ["Helm takes versions only, and this tag is none: fetch it by digest."] }),
  }),
  // It pulls files that have names; the layers of images and charts have none, so these go into a layout whole.
  oras: ({ host, plain, reference, kind, folder, place }) => ({
    login: ["oras login", plain && "--plain-http", host],
    pull:
      kind === "artifact"
        ? ["oras pull", plain && "--plain-http", reference]
        : ["oras copy", plain && "--from-plain-http", reference, "--to-oci-layout", `${folder}${tagPart(place.tag)}`],
  }),
};

/** Plain http where a tool has no flag for it, and where its client does not allow it by itself. */
const insecureNotes: Partial<Record<Tool, string>> = {
  docker: 'This registry is on plain http: add "insecure-registries": ["HOST"] to /etc/docker/daemon.json and restart Docker.',
  crictl:
    "This registry is on plain http: allow that for HOST in the configuration of the node's runtime (containerd: /etc/containerd/certs.d/HOST/hosts.toml).",
};

function sentences(text: string | undefined, host: string): string[] {
  return text === undefined ? [] : [text.replaceAll("HOST", host)];
}

function join(words: readonly Word[]): string {
  return words.filter((word) => typeof word === "string").join(" ");
}

function tagPart(tag: string | undefined): string {
  return tag === undefined ? "" : `:${tag}`;
}

function folderOf({ repository }: Place): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

/** Names of the grammar need no quotes; what else stands in an address must not become a command. */
function quote(text: string): string {
  return /^[\w./:@[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Helm asks for a version of SemVer; a `+` in it is a `_` in the tag. */
function isVersion(tag: string | undefined): tag is string {
  return tag !== undefined && /^v?\d+\.\d+\.\d+(?:[-_][\w.-]+)?$/.test(tag);
}

function toVersion(tag: string): string {
  return tag.replaceAll("_", "+");
}
