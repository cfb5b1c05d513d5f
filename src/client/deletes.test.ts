// Deleting at other registries (research 1.13): a tag goes alone, or not at all.

import { describe, expect, it } from "vitest";
import { clientOver, type ClientOver } from "../../test/client-over.ts";
import { code, pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import type { RepositoryName, Tag } from "../oci/reference.ts";
import type { ClientOptions } from "./client.ts";

const repository = "team/app" as RepositoryName;
const tagged = (name: string) => ({ repository, tag: name as Tag });
const whole = image();

interface Holding extends ClientOver {
  readonly fake: FakeRegistry;
  readonly asked: () => string[];
  readonly tags: () => Promise<readonly string[]>;
}

/** v1 and stable on one image, v2 on another. */
async function holding(fakeOptions: FakeOptions = {}, options: Partial<ClientOptions> = {}): Promise<Holding> {
  const fake = await startFakeRegistry(fakeOptions);
  await pushImage(fake.registry, repository, whole, "v1", "stable");
  await pushImage(fake.registry, repository, image({ layers: ["b"] }), "v2");
  const over = clientOver(fake.url, options);
  return {
    ...over,
    fake,
    asked: () => fake.requests.map(({ method, path }) => `${method} ${path.split("/manifests/")[1] ?? path}`),
    tags: async () => (await fake.registry.tags(repository, { limit: 100 })).items,
    async [Symbol.asyncDispose]() {
      await over.client.close();
      await fake.close();
    },
  };
}

describe("deleting (1.13)", () => {
  it("a tag goes by its name, and its siblings stay", async () => {
    await using over = await holding();
    await over.client.manifests.delete(tagged("v1"));
    expect(over.asked()).toEqual(["DELETE v1"]);
    expect(await over.tags()).toEqual(["stable", "v2"]);
  });

  it("a manifest goes by its digest, and all of its tags with it", async () => {
    await using over = await holding();
    await over.client.manifests.delete({ repository, digest: whole.digest });
    expect(await over.tags()).toEqual(["v2"]);
  });

  it("where tags cannot be deleted by name that is said, and nothing is deleted by digest instead", async () => {
    await using over = await holding({ manners: ["tag-delete-405"] });
    await expect(over.client.manifests.delete(tagged("v1"))).rejects.toMatchObject({
      code: "UNSUPPORTED",
      kind: "unsupported",
      message: expect.stringContaining("cannot delete a tag by its name: it deletes manifests by digest only"),
      detail: { reason: expect.stringContaining("all of its tags would go") },
    });
    expect(over.asked()).toEqual(["DELETE v1"]);
    expect(await over.tags()).toEqual(["stable", "v1", "v2"]);
  });

  it("when asked for, the tag is moved to a manifest of its own, and that one is deleted: siblings stay", async () => {
    await using over = await holding({ manners: ["tag-delete-405"] }, { tagDeletion: "by overwriting" });
    await over.client.manifests.delete(tagged("v1"));
    expect(await over.tags()).toEqual(["stable", "v2"]);
    expect(await over.fake.registry.manifests.get(tagged("stable"))).toMatchObject({ digest: whole.digest });
  });

  it("two such deletions at once do not delete each other's manifest", async () => {
    await using over = await holding({ manners: ["tag-delete-405"] }, { tagDeletion: "by overwriting" });
    await Promise.all(["v1", "stable", "v2"].map((name) => over.client.manifests.delete(tagged(name))));
    expect(await over.tags()).toEqual([]);
    expect(await over.fake.registry.manifests.get({ repository, digest: whole.digest })).toBeDefined();
  });

  it("a tag that is not there does not come into being to be deleted", async () => {
    await using over = await holding({ manners: ["tag-delete-405"] }, { tagDeletion: "by overwriting" });
    await expect(over.client.manifests.delete(tagged("none"))).rejects.toMatchObject({ kind: "not found" });
    expect(over.asked()).toEqual(["DELETE none", "HEAD none"]);
  });

  it.each(["delete-405"] as const)("%s: a registry that deletes nothing says so for digests, too", async (manner) => {
    await using over = await holding({ manners: [manner] });
    await expect(over.client.manifests.delete({ repository, digest: whole.digest })).rejects.toEqual(code("UNSUPPORTED"));
    expect(await over.tags()).toHaveLength(3);
  });

  it("a host whose profile knows that nothing is deleted this way is not asked, and the words say where", async () => {
    const profile = { name: "Hub", hosts: [], noDelete: "tags are deleted on its site" };
    await using over = await holding({}, { profile });
    for (const deleted of [
      over.client.manifests.delete(tagged("v1")),
      over.client.blobs.delete({ repository, digest: whole.blobs[0]!.digest }),
    ]) {
      await expect(deleted).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: "Hub deletes nothing this way: tags are deleted on its site",
      });
    }
    expect(over.asked()).toEqual([]);
  });

  it("a host whose profile knows that tags are not deleted by name is not asked for it", async () => {
    const profile = { name: "Old", hosts: [], noTagDelete: "it knows digests only" };
    await using over = await holding({}, { profile });
    await expect(over.client.manifests.delete(tagged("v1"))).rejects.toMatchObject({
      code: "UNSUPPORTED",
      detail: { reason: "it knows digests only" },
    });
    expect(over.asked()).toEqual([]);
    await using overwriting = await holding({}, { profile, tagDeletion: "by overwriting" });
    await overwriting.client.manifests.delete(tagged("v1"));
    expect(await overwriting.tags()).toEqual(["stable", "v2"]);
  });

  it("a condition that does not hold deletes nothing", async () => {
    await using over = await holding();
    const other = { ifMatch: [image({ layers: ["b"] }).digest] };
    await expect(over.client.manifests.delete(tagged("v1"), other)).rejects.toEqual(code("PRECONDITION_FAILED"));
    await over.client.manifests.delete(tagged("v1"), { ifMatch: [whole.digest] });
    expect(over.asked()).toEqual(["HEAD v1", "HEAD v1", "DELETE v1"]);
    expect(over.fake.requests.at(-1)?.headers["if-match"]).toBe(`"${whole.digest}"`);
  });

  it.each([
    ["IBM Cloud", { manners: ["delete-needs-triple"] }, ["pull", "push", "delete"]],
    ["Quay", { manners: ["delete-never-granted"] }, ["pull", "push"]],
    ["any other", {}, undefined],
  ] as const)("the scope of a deletion is what %s wants", async (_name, fakeOptions, deleteActions) => {
    const profile = { name: "x", hosts: [], ...(deleteActions && { deleteActions }) };
    await using over = await holding({ ...fakeOptions, login: "bearer" }, { profile, username: "robot", password: "secret" });
    await over.client.manifests.delete(tagged("v1"));
    expect(over.fake.tokens.requests.at(-1)?.scopes).toEqual([
      `repository:team/app:${[...(deleteActions ?? ["delete"])].toSorted().join(",")}`,
    ]);
    expect(await over.tags()).toEqual(["stable", "v2"]);
  });

  it("a token without the delete action is used all the same: the request itself decides", async () => {
    await using over = await holding(
      { manners: ["delete-never-granted"], login: "bearer" },
      { username: "robot", password: "secret", profile: { name: "x", hosts: [], deleteActions: ["pull", "push"] } },
    );
    await over.client.manifests.delete({ repository, digest: whole.digest });
    expect(await over.tags()).toEqual(["v2"]);
  });
});
