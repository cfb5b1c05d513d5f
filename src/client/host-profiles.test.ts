// What is known of registries (research 1.15) is data; this page checks that the client acts on it, host by host.

import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { clientOver, collect } from "../../test/client-over.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry } from "../../test/fake/fake-registry.ts";
import { presets, type PresetName } from "../../test/fake/presets.ts";
import { image } from "../../test/image.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import { hostProfiles, profileOf } from "./host-profiles.ts";

describe("profiles of hosts (1.15)", () => {
  it.each([
    ["docker.io", "Docker Hub"],
    ["registry-1.docker.io", "Docker Hub"],
    ["ghcr.io", "GitHub Packages"],
    ["GHCR.io:443", "GitHub Packages"],
    ["123456789012.dkr.ecr.eu-central-1.amazonaws.com", "Amazon ECR"],
    ["europe-docker.pkg.dev", "Google Artifact Registry"],
    ["eu.gcr.io", "Google Artifact Registry"],
    ["team.azurecr.io", "Azure Container Registry"],
    ["quay.io", "Quay"],
    ["registry.gitlab.com", "GitLab"],
    ["team.jfrog.io", "Artifactory"],
    ["codeberg.org", "Forgejo"],
    ["de.icr.io", "IBM Cloud Container Registry"],
    ["registry.redhat.io", "Red Hat"],
    ["127.0.0.1:5000", "OCI registry"],
    ["registry.example.org", "OCI registry"],
  ])("%s is %s", (host, name) => {
    expect(profileOf(host).name).toBe(name);
  });

  it.each(["notghcr.io", "ghcr.io.evil.example", "evilazurecr.io", "docker.io.example", "gcr.io.example"])(
    "%s is nobody that is known: a name must be whole, or whole parts of it",
    (host) => {
      expect(profileOf(host).name).toBe("OCI registry");
    },
  );

  it("every profile can be found by one of its hosts, and says how to log in", () => {
    for (const profile of hostProfiles) {
      for (const host of profile.hosts) expect(profileOf(host.startsWith(".") ? `team${host}` : host)).toBe(profile);
      expect(profile.login ?? "", profile.name).not.toBe("");
    }
  });
});

/** What the hosts of these products let a client do, with their bad manners on. */
describe.each(Object.keys(presets) as PresetName[])("with the manners of %s (1.15)", (name) => {
  const repository = "team/app" as RepositoryName;
  const v1 = { repository, tag: "v1" as Tag };
  const [[username, password] = ["", ""]] = Object.entries<string>(presets[name].users);
  const profileName: Partial<Record<PresetName, string>> = {
    dockerHub: "docker.io",
    ghcr: "ghcr.io",
    ecr: "1.dkr.ecr.eu-central-1.amazonaws.com",
    gar: "europe-docker.pkg.dev",
    acr: "team.azurecr.io",
    quay: "quay.io",
    gitlab: "registry.gitlab.com",
    ibm: "icr.io",
    redhat: "registry.redhat.io",
  };

  // On a host of one's own nobody knows what runs there: then the answers must be enough.
  it.each(["known by its host", "not known"])("an image is pushed, found, read and listed (%s)", async (how) => {
    await using fake = await startFakeRegistry(presets[name]);
    const known = profileName[name];
    const { apiHost: _, ...profile } = profileOf(how === "not known" || known === undefined ? "registry.example" : known);
    await pushImage(fake.registry, repository, image({ layers: ["before"] }), "v0"); // some want the repository to exist
    await using over = clientOver(fake.url, { username, password, profile });
    const whole = image({ layers: ["pushed"] });
    const signature = image({ layers: ["signature"], subject: whole, artifactType: "test/signature" });

    for (const { blobs, bytes, digest, mediaType } of [whole, signature]) {
      for (const blob of blobs) {
        const content = { size: blob.bytes.length, open: async (from: number) => Readable.from([blob.bytes.subarray(from)]) };
        await over.client.blobs.put!({ repository, digest: blob.digest }, content);
      }
      await over.client.manifests.put({ repository, digest }, bytes, mediaType);
    }
    await over.client.manifests.put(v1, whole.bytes, whole.mediaType);
    expect(await over.client.manifests.head(v1)).toMatchObject({ digest: whole.digest, size: whole.bytes.length });
    expect(Buffer.from((await over.client.manifests.get(v1)).bytes)).toEqual(Buffer.from(whole.bytes));
    for (const { bytes, digest } of whole.blobs) {
      const blob = await over.client.blobs.get({ repository, digest });
      expect(Buffer.concat(await (await blob.open()).toArray())).toEqual(Buffer.from(bytes));
    }
    const missing = over.client.manifests.head({ repository, tag: "none" as Tag });
    await expect(missing).rejects.toMatchObject({ kind: "not found" });
    expect(await collect(over.client.walkTags(repository))).toEqual(expect.arrayContaining(["v0", "v1"]));
    const referrers = await over.client.manifests.referrers({ repository, digest: whole.digest }, { limit: 10 });
    // GitLab takes the fallback tag for the subject itself, so that nobody can find what refers to it.
    const found = [{ digest: signature.digest, artifactType: "test/signature" }];
    expect(referrers.items).toMatchObject(name === "gitlab" ? [] : found);
  });

  it("repositories are listed or the reason is told", async () => {
    await using fake = await startFakeRegistry(presets[name]);
    await pushImage(fake.registry, repository, image(), "v1");
    await using over = clientOver(fake.url, { username, password });
    const list = over.client.repositories({ limit: 10 });
    const refusing: readonly PresetName[] = ["dockerHub", "ghcr", "gitlab", "harbor", "redhat"];
    if (refusing.includes(name))
      await expect(list).rejects.toMatchObject({ kind: expect.stringMatching(/^(unsupported|auth)$/) });
    else expect((await list).items).toContain(repository);
  });
});
