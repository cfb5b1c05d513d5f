// Where docker, podman and their kin keep credentials, in the order in which they are asked. The first that knows a host counts.
// Surprise: a new login goes to the first file that is there, so that none before it can stand in its way.

import { join } from "node:path";
import type { Environment } from "./proxy.ts";

export interface CredentialPlaces {
  readonly env: Environment;
  /** The user's folder. */
  readonly home: string;
  /** This file alone, which must be there to be read. */
  readonly file?: string | undefined;
}

export type Place =
  /** JSON in a variable of the environment, as CI systems hand it over. */
  | { readonly variable: string; readonly text: string }
  | {
      readonly path: string;
      /** ~/.dockercfg: the entries themselves, without `auths` around them. */
      readonly old?: true;
      readonly mustExist?: true;
    };

const variable = "DOCKER_AUTH_CONFIG";

export function listPlaces({ env, file, home }: CredentialPlaces): Place[] {
  if (file !== undefined) return [{ path: file, mustExist: true }];
  const text = env[variable]?.trim() ?? "";
  const places: Place[] = listFiles(env, home).map((path) => ({ path }));
  // What is handed over comes before what lies about, but for a file that is named as clearly.
  if (text !== "") places.splice(read(env, "REGISTRY_AUTH_FILE") === undefined ? 0 : 1, 0, { variable, text });
  return [...places, { path: join(home, ".dockercfg"), old: true }];
}

/** Files that a login may be saved in, the best one first; never empty. */
export function listSavePaths({ env, file, home }: CredentialPlaces): string[] {
  return file === undefined ? listFiles(env, home) : [file];
}

/** REGISTRY_AUTH_FILE, docker's file, podman's files. As with docker, DOCKER_CONFIG stands for ~/.docker, not beside it. */
function listFiles(env: Environment, home: string): string[] {
  const containers = [read(env, "XDG_RUNTIME_DIR"), read(env, "XDG_CONFIG_HOME") ?? join(home, ".config")];
  return [
    read(env, "REGISTRY_AUTH_FILE"),
    join(read(env, "DOCKER_CONFIG") ?? join(home, ".docker"), "config.json"),
    ...containers.map((folder) => folder && join(folder, "containers", "auth.json")),
  ].filter((path) => path !== undefined);
}

function read(env: Environment, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}
