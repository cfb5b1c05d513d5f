import { expect, test } from "vitest";
import { captureCli, type CliOptions } from "../../test/cli.ts";
import { startFakeRegistry, type FakeOptions } from "../../test/fake/fake-registry.ts";
import { fillRepositories, fillTags } from "../../test/fake/many-images.ts";
import { createMemoryRegistry } from "../../test/fake/memory-registry.ts";
import type { RepositoryName } from "../oci/reference.ts";

const count = 60;

async function open(options: FakeOptions = {}) {
  const registry = createMemoryRegistry();
  const repositories = (await fillRepositories(registry, count)).toSorted();
  const fake = await startFakeRegistry({ registry, ...options });
  const run = (argv: readonly string[], more: CliOptions = {}) => captureCli(argv, more);
  return { fake, repositories, run, [Symbol.asyncDispose]: () => fake.close() };
}

test("a host lists its repositories, a name a line, from all its pages", async () => {
  await using each = await open({ manners: ["small-pages"] });
  const { code, stderr, stdout } = await each.run(["ls", each.fake.host]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.trimEnd().split("\n")).toEqual(each.repositories);
});

test("a repository lists its tags, and catalog is another name of ls", async () => {
  await using each = await open();
  const { items: tags } = await each.fake.registry.tags(each.repositories[0]!, { limit: 100 });
  expect(await each.run(["catalog", `${each.fake.host}/${each.repositories[0]}`])).toMatchObject({
    code: 0,
    stdout: `${tags.join("\n")}\n`,
  });
});

test("without a place it is the own server that lists", async () => {
  await using each = await open();
  const { stdout } = await each.run(["ls", "--limit", "3"], { env: { HYTHE_SERVER: each.fake.url } });
  expect(stdout).toBe(`${each.repositories.slice(0, 3).join("\n")}\n`);
});

test("--search, --limit and --json give some of them, and say whether there are more", async () => {
  await using each = await open();
  const found = each.repositories.filter((name) => name.includes("1"));
  const some = await each.run(["ls", each.fake.host, "--search", "1", "--limit", "2", "--json"]);
  expect(JSON.parse(some.stdout)).toEqual({ items: found.slice(0, 2), more: true });
  const all = await each.run(["ls", each.fake.host, "--search", "1", "--json"]);
  expect(JSON.parse(all.stdout)).toEqual({ items: found, more: false });
});

test("nothing found is said, and is no failure", async () => {
  await using each = await open();
  expect(await each.run(["ls", each.fake.host, "--search", "nowhere"])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "none of the repositories contains 'nowhere'\n",
  });
  expect(JSON.parse((await each.run(["ls", each.fake.host, "--search", "nowhere", "--json"])).stdout)).toEqual({
    items: [],
    more: false,
  });
});

test("an unknown repository is answered with names that look like it", async () => {
  await using each = await open();
  const wrong = `${each.repositories[7]}x`.replace(/x$/, "z");
  const { code, stderr, stdout } = await each.run(["ls", `${each.fake.host}/${wrong}`]);
  expect([code, stdout]).toEqual([7, ""]);
  expect(stderr).toContain(`there is no repository '${wrong}' at ${each.fake.host}; did you mean `);
});

test("a registry that does not list its repositories says why, and that tags can be asked for", async () => {
  await using each = await open({ manners: ["catalog-forbidden"] });
  const { code, stderr } = await each.run(["ls", each.fake.host]);
  expect(code).toBe(11);
  expect(stderr).toMatch(/^hythe: .*repositories.*\n/);
});

test("an image is not a place: what was meant is named", async () => {
  expect(await captureCli(["ls", "127.0.0.1:5000/team/app:v1"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("hythe inspect 127.0.0.1:5000/team/app:v1"),
  });
});

test("hythe tags with a host in front lists the tags of any registry, a hundred unless --all", async () => {
  await using each = await open();
  const repository = "team/many" as RepositoryName;
  await fillTags(each.fake.registry, repository, 105);
  const { items } = await each.fake.registry.tags(repository, { limit: 200 });
  const place = `${each.fake.host}/${repository}`;
  expect(await each.run(["tags", place])).toMatchObject({
    code: 0,
    stdout: `${items.slice(0, 100).join("\n")}\n`,
    stderr: "the first 100; --all shows all, --search some of them\n",
  });
  expect(await each.run(["tags", place, "--all"])).toMatchObject({ stdout: `${items.join("\n")}\n`, stderr: "" });
  expect(JSON.parse((await each.run(["tags", place, "--json", "--limit", "2"])).stdout)).toEqual({
    items: items.slice(0, 2),
    more: true,
  });
  expect(await each.run(["tags", place, "--sort", "-pulls"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("hythe tags team/many --sort FIELD --server URL"),
  });
});
