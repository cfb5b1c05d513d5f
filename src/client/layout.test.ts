import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryContract } from "../../test/contract/registry.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Registry } from "../oci/registry.ts";
import { openLayout } from "./layout.ts";

/** A layout is one repository: a folder of them is a registry as the contract wants it. */
function openLayouts(folder: string): Registry {
  const folderOf = (name: RepositoryName): string => join(folder, name.replaceAll("/", "%"));
  const known = (name: RepositoryName): Promise<Registry> => openLayout(folderOf(name));
  const made = (name: RepositoryName): Promise<Registry> => openLayout(folderOf(name), { create: true });
  const held = new Map<RepositoryName, Registry>();
  const keep = async (name: RepositoryName): Promise<Registry> => {
    const layout = held.get(name) ?? (await made(name));
    held.set(name, layout);
    return layout;
  };
  const has = (name: RepositoryName): boolean => existsSync(join(folderOf(name), "blobs"));
  const find = async (name: RepositoryName): Promise<Registry> => {
    if (has(name)) return held.get(name) ?? known(name);
    throw new RegistryError("NAME_UNKNOWN");
  };
  return {
    blobs: {
      head: async (reference) => (await find(reference.repository)).blobs.head(reference),
      get: async (reference) => (await find(reference.repository)).blobs.get(reference),
      upload: async (repository, options) => (await keep(repository)).blobs.upload(repository, options),
      mount: async () => undefined,
      delete: async (reference) => (await find(reference.repository)).blobs.delete(reference),
    },
    manifests: {
      head: async (reference) => (await find(reference.repository)).manifests.head(reference),
      get: async (reference) => (await find(reference.repository)).manifests.get(reference),
      put: async (reference, ...rest) => (await keep(reference.repository)).manifests.put(reference, ...rest),
      delete: async (reference, options) => (await find(reference.repository)).manifests.delete(reference, options),
      referrers: async (reference, page) =>
        has(reference.repository)
          ? (await find(reference.repository)).manifests.referrers(reference, page)
          : { items: [], more: false },
    },
    tags: async (repository, page) => (await find(repository)).tags(repository, page),
    async repositories({ last = "", limit, visible = ["*"] }) {
      const patterns = visible.map((pattern) => new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`));
      const names = readdirSync(folder).map((name) => name.replaceAll("%", "/") as RepositoryName);
      const rest = names
        .filter((name) => has(name) && name > last && patterns.some((pattern) => pattern.test(name)))
        .toSorted((a, b) => (a < b ? -1 : 1));
      return { items: rest.slice(0, limit), more: limit > 0 && rest.length > limit };
    },
  };
}

registryContract(
  "OCI layouts, a folder a repository",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hythe-layouts-"));
    return {
      registry: openLayouts(folder),
      lacks: ["protected blobs"],
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
  ["mounts"],
);
