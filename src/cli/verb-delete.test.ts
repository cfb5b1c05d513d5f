import { expect, test } from "vitest";
import { captureCli, type Captured, type CliOptions } from "../../test/cli.ts";
import { pushImage } from "../../test/contract/pushing.ts";
import { startFakeRegistry, type FakeOptions, type FakeRegistry } from "../../test/fake/fake-registry.ts";
import { image } from "../../test/image.ts";
import type { RepositoryName } from "../oci/reference.ts";

const repository = "team/app" as RepositoryName;
const whole = image();

interface Opened extends AsyncDisposable {
  readonly fake: FakeRegistry;
  readonly name: string;
  tags(): Promise<readonly string[]>;
  run(argv: readonly string[], options?: CliOptions): Promise<Captured>;
}

async function open(options: FakeOptions = {}): Promise<Opened> {
  const fake = await startFakeRegistry(options);
  await pushImage(fake.registry, repository, whole, "v1", "stable");
  const name = `${fake.host}/${repository}`;
  return {
    fake,
    name,
    tags: async () => (await fake.registry.tags(repository, { limit: 10 })).items,
    run: (argv, more) => captureCli(["delete", ...argv.map((each) => each.replace("IMAGE", name))], more),
    [Symbol.asyncDispose]: () => fake.close(),
  };
}

test("by tag only the tag goes: its siblings and the image stay", async () => {
  await using each = await open();
  const { code, stdout } = await each.run(["IMAGE:v1", "--yes"]);
  expect([code, stdout]).toEqual([0, `deleted the tag ${each.name}:v1, which was ${whole.digest}\n`]);
  expect(await each.tags()).toEqual(["stable"]);
  expect((await each.fake.registry.manifests.head({ repository, digest: whole.digest })).digest).toBe(whole.digest);
});

test("by digest the image goes, and every tag on it", async () => {
  await using each = await open();
  const { code, stdout } = await each.run([`IMAGE@${whole.digest}`, "--yes", "--json"]);
  expect([code, JSON.parse(stdout)]).toEqual([0, { repository: each.name, tag: null, digest: whole.digest, deleted: true }]);
  expect(await each.tags()).toEqual([]);
});

test("a terminal is asked, with what goes and what stays; only yes deletes", async () => {
  await using each = await open();
  for (const answer of ["", "n", "maybe"]) {
    const { code, stderr, stdout } = await each.run(["IMAGE:v1"], { typed: [answer] });
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toBe(
      `Delete the tag ${each.name}:v1? The image stays, as ${whole.digest}. [y/N] ${answer}\nhythe: nothing was deleted\n`,
    );
  }
  expect(await each.tags()).toEqual(["stable", "v1"]);
  expect((await each.run(["IMAGE:v1"], { typed: ["y"] })).code).toBe(0);
  expect(await each.tags()).toEqual(["stable"]);
  const all = await each.run([`IMAGE@${whole.digest}`], { typed: [] });
  expect(all).toMatchObject({ code: 4, stderr: expect.stringContaining("and every tag on it? Every tag on it goes, too.") });
});

test("without a terminal and without --yes nothing is deleted, and it ends with 4", async () => {
  await using each = await open();
  expect(await each.run(["IMAGE:v1"])).toMatchObject({
    code: 4,
    stdout: "",
    stderr: "hythe: there is no terminal to ask at: add --yes\nhythe: nothing was deleted\n",
  });
  expect(await each.tags()).toEqual(["stable", "v1"]);
});

test("--dry-run says what would go, asks nothing, and deletes nothing", async () => {
  await using each = await open();
  expect(await each.run(["IMAGE:v1", "--dry-run"])).toMatchObject({
    code: 0,
    stdout: `would delete the tag ${each.name}:v1, which is ${whole.digest}\n`,
  });
  expect(await each.tags()).toEqual(["stable", "v1"]);
});

test("a registry that cannot delete tags says so with 11, and what can be done; nothing goes", async () => {
  await using each = await open({ manners: ["tag-delete-405"] });
  const { code, stderr } = await each.run(["IMAGE:v1", "--yes"]);
  expect(code).toBe(11);
  expect(stderr).toMatch(/^hythe: .* cannot delete a tag by its name: .*all of its tags would go\nhythe: .*--overwrite.*\n$/);
  expect(await each.tags()).toEqual(["stable", "v1"]);
});

test("--overwrite deletes the tag there all the same, and nothing beside it", async () => {
  await using each = await open({ manners: ["tag-delete-405"] });
  expect(await each.run(["IMAGE:v1", "--yes", "--overwrite"])).toMatchObject({ code: 0 });
  expect(await each.tags()).toEqual(["stable"]);
  expect((await each.fake.registry.manifests.head({ repository, digest: whole.digest })).digest).toBe(whole.digest);
});

test("a tag that is not there is told before anything is asked", async () => {
  await using each = await open();
  expect(await each.run(["IMAGE:stabel"], { typed: ["y"] })).toMatchObject({
    code: 7,
    stderr: `hythe: ${each.name} has no tag 'stabel'; did you mean stable?\nhythe: \`hythe ls ${each.name}\` lists its tags\n`,
  });
});

test("what cannot be meant is refused before anything is asked for: no tag at all, or a tag and a digest", async () => {
  await using each = await open();
  expect((await each.run(["IMAGE", "--yes"])).code).toBe(2);
  expect((await each.run([`IMAGE:v1@${whole.digest}`, "--yes"])).code).toBe(2);
  expect(each.fake.requests).toEqual([]);
});
