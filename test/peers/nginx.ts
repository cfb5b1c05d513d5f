// nginx serving a folder of files: what the machine can do when nothing has to be looked up, checked or counted. And nginx as the proxy
// that does TLS, set up as docs/access.md says.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, freePort, startServer, type PeerServer } from "./program.ts";

/** One worker, as Hythe is one process; no access log; open files within the usual limit of 20,000. */
const configuration = (folder: string, root: string, port: number): string => `daemon off; worker_processes 1; pid ${folder}/pid;
error_log ${folder}/error.log error;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  open_file_cache max=15000 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port} backlog=1024; root ${root}; default_type application/vnd.oci.image.manifest.v1+json; }
}
`;

const temporary = (folder: string): string =>
  ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");

const proxyConfiguration = (folder: string, { certificateFile, keyFile, port, ready, target }: Proxy): string =>
  `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log error;
events { worker_connections 256; }
http {
  access_log off; ${temporary(folder)}
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};
    client_max_body_size 0;
    location / {
      proxy_pass ${target}; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
  server { listen 127.0.0.1:${ready}; return 204; }
}
`;

interface Proxy {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Where it speaks https. */
  readonly port: number;
  /** Where it says by plain http that it has started. */
  readonly ready: number;
  /** http://host:port of who is behind it. */
  readonly target: string;
}

/** nginx must be installed. The caller stops it. */
export async function startNginxProxy(proxy: Omit<Proxy, "ready">): Promise<PeerServer> {
  const ready = await freePort();
  return start(`http://127.0.0.1:${ready}`, (folder) => proxyConfiguration(folder, { ...proxy, ready }));
}

/** Serves the files below `root`; undefined where nginx is not installed. The caller stops it. */
export async function startNginx(root: string): Promise<PeerServer | undefined> {
  if (findProgram("nginx") === undefined) return undefined;
  mkdirSync(root, { recursive: true });
  const port = await freePort();
  return start(`http://127.0.0.1:${port}`, (folder) => configuration(folder, root, port));
}

async function start(url: string, configure: (folder: string) => string): Promise<PeerServer> {
  const folder = mkdtempSync(join(tmpdir(), "hythe-nginx-"));
  const file = join(folder, "nginx.conf");
  // Started by root it would change to a user that cannot read a private temporary folder.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  writeFileSync(file, user + configure(folder));
  const program = findProgram("nginx")!;
  return startServer([program, "-p", folder, "-e", join(folder, "error.log"), "-c", file], url, {
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
}
