// How a first image gets here, with each tool: at most two lines to type. Pure.

import { commandHost, isLoopback, isPlainHttp } from "./pull-commands.ts";

export const pushTools = ["docker", "podman", "nerdctl", "skopeo", "crane", "helm", "oras", "hythe"] as const;
export type PushTool = (typeof pushTools)[number];

export interface PushCommands {
  /** To be run before, where one has to log in. */
  readonly login?: string | undefined;
  readonly lines: readonly string[];
  /** A whole sentence about what the lines cannot say. */
  readonly note?: string | undefined;
}

/** `url`: where clients reach the registry. */
export function pushCommands(tool: PushTool, url: string, needsLogin: boolean): PushCommands {
  const host = commandHost(url);
  const plain = isPlainHttp(url);
  const image = `${host}/demo/alpine:1`;
  const flag = (text: string): string => (plain ? `${text} ` : "");
  const login = {
    docker: "docker login",
    podman: `podman login ${flag("--tls-verify=false")}`.trim(),
    nerdctl: `nerdctl ${flag("--insecure-registry")}login`,
    skopeo: `skopeo login ${flag("--tls-verify=false")}`.trim(),
    crane: "crane auth login",
    helm: `helm registry login ${flag("--plain-http")}`.trim(),
    oras: `oras login ${flag("--plain-http")}`.trim(),
    hythe: "npx hythe login",
  }[tool];
  const ways: Readonly<Record<PushTool, PushCommands>> = {
    docker: {
      lines: [`docker tag alpine ${image}`, `docker push ${image}`],
      note:
        plain && !isLoopback(url)
          ? `This registry is on plain http: add "insecure-registries": ["${host}"] to /etc/docker/daemon.json and restart Docker.`
          : undefined,
    },
    podman: { lines: [`podman push ${flag("--tls-verify=false")}alpine docker://${image}`] },
    nerdctl: { lines: [`nerdctl tag alpine ${image}`, `nerdctl ${flag("--insecure-registry")}push ${image}`] },
    skopeo: { lines: [`skopeo copy ${flag("--dest-tls-verify=false")}docker://docker.io/library/alpine docker://${image}`] },
    crane: { lines: [`crane copy ${flag("--insecure")}alpine ${image}`] },
    helm: {
      lines: ["helm package mychart", `helm push ${flag("--plain-http")}mychart-0.1.0.tgz oci://${host}/demo`],
      note: "No chart at hand? `helm create mychart` makes one.",
    },
    oras: { lines: ["echo hello > hello.txt", `oras push ${flag("--plain-http")}${host}/demo/hello:1 hello.txt`] },
    hythe: { lines: [`npx hythe copy alpine ${image}`] },
  };
  return { ...ways[tool], ...(needsLogin && { login: `${login} ${host}` }) };
}
