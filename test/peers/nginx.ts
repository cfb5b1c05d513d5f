// nginx serving a folder of files: what the machine can do when nothing has to be looked up, checked or counted.

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

/** Serves the files below `root`; undefined where nginx is not installed. The caller stops it. */
export async function startNginx(root: string): Promise<PeerServer | undefined> {
  const program = findProgram("nginx");
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "hythe-nginx-"));
  mkdirSync(root, { recursive: true });
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  // Started by root it would change to a user that cannot read a private temporary folder.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  writeFileSync(file, user + configuration(folder, root, port));
  return startServer([program, "-p", folder, "-e", join(folder, "error.log"), "-c", file], `http://127.0.0.1:${port}`, {
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  });
}
