// What images of the demo are built on: a few layers that change twice a year and are shared by everything that was built meanwhile.

import type { DemoLayer, LayerShelf } from "./layers.ts";

export type BaseName = "alpine" | "debian" | "node" | "python" | "java" | "static" | "nginx" | "windows";

interface BasePart {
  readonly name: string;
  readonly size: number;
  readonly command: string;
  readonly files: readonly string[];
}

export interface Base {
  readonly label: string;
  readonly parts: readonly BasePart[];
  readonly env: readonly string[];
}

const kib = 1024;
const debian: BasePart = {
  name: "debian",
  size: 420 * kib,
  command: "ADD rootfs.tar.xz / # buildkit",
  files: ["etc/debian_version", "etc/os-release", "bin/bash", "lib/libc.so.6", "usr/bin/apt-get", "var/lib/dpkg/status"],
};
const alpine: BasePart = {
  name: "alpine",
  size: 110 * kib,
  command: "ADD alpine-minirootfs.tar.gz / # buildkit",
  files: ["etc/alpine-release", "etc/os-release", "bin/busybox", "lib/ld-musl.so.1", "lib/apk/db/installed"],
};

export const bases: Readonly<Record<BaseName, Base>> = {
  alpine: { label: "alpine", parts: [alpine], env: [] },
  debian: { label: "debian", parts: [debian], env: [] },
  node: {
    label: "node",
    parts: [
      debian,
      {
        name: "node",
        size: 260 * kib,
        command: "RUN install-node # buildkit",
        files: ["usr/local/bin/node", "usr/local/bin/npm"],
      },
      {
        name: "node-entrypoint",
        size: 2 * kib,
        command: "COPY entrypoint.sh /usr/local/bin/ # buildkit",
        files: ["usr/local/bin/entrypoint.sh"],
      },
    ],
    env: ["NODE_ENV=production"],
  },
  python: {
    label: "python",
    parts: [
      debian,
      {
        name: "python",
        size: 290 * kib,
        command: "RUN make install # buildkit",
        files: ["usr/local/bin/python3", "usr/local/lib/libpython3.so"],
      },
    ],
    env: ["PYTHONUNBUFFERED=1"],
  },
  java: {
    label: "temurin",
    parts: [
      debian,
      {
        name: "java",
        size: 460 * kib,
        command: "RUN install-jre # buildkit",
        files: ["opt/java/bin/java", "opt/java/lib/modules"],
      },
    ],
    env: ["JAVA_HOME=/opt/java"],
  },
  static: {
    label: "static",
    parts: [
      {
        name: "static",
        size: 40 * kib,
        command: "COPY ca-certificates tzdata / # buildkit",
        files: ["etc/ssl/certs/ca.crt", "usr/share/zoneinfo/UTC"],
      },
    ],
    env: [],
  },
  nginx: {
    label: "nginx",
    parts: [
      alpine,
      {
        name: "nginx",
        size: 90 * kib,
        command: "RUN apk add nginx # buildkit",
        files: ["usr/sbin/nginx", "etc/nginx/nginx.conf"],
      },
    ],
    env: [],
  },
  windows: {
    label: "nanoserver",
    parts: [
      {
        name: "nanoserver",
        size: 1900 * kib,
        command: "Apply image 10.0.20348",
        files: ["Files/Windows/System32/ntdll.dll", "Files/Windows/System32/cmd.exe"],
      },
    ],
    env: [],
  },
};

export interface BuiltBase {
  readonly layers: readonly DemoLayer[];
  readonly commands: readonly string[];
}

/** The base as it was at that time. Images for Windows always stand on Windows. */
export function baseLayers(shelf: LayerShelf, name: BaseName, platform: string, atMs: number): BuiltBase {
  const { parts } = bases[platform.startsWith("windows/") ? "windows" : name];
  const date = new Date(atMs);
  const edition = `${date.getUTCFullYear()}.${date.getUTCMonth() < 6 ? 1 : 2}`;
  const layers = parts.map(({ name: part, ...recipe }) => shelf.layer({ ...recipe, name: `${part} ${edition} ${platform}` }));
  return { layers, commands: parts.map(({ command }) => command) };
}
