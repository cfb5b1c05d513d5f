import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { RegistryError } from "./errors.ts";
import {
  formatImageReference,
  isHostPart,
  parseImageReference,
  parseRegistryHost,
  toReference,
  type ImageReference,
} from "./image-reference.ts";
import { isRemoteName, isTag, type RepositoryName } from "./reference.ts";

const digest = digestOf("hello");
const hex = "ffffffff".repeat(8);
const name255 = `${"a".repeat(127)}/${"b".repeat(127)}`;

describe("the name of an image", () => {
  // the tables of distribution/reference, normalize_test.go and reference_test.go
  it.each([
    ["alpine", "docker.io/library/alpine"],
    ["library/alpine", "docker.io/library/alpine"],
    ["docker.io/alpine", "docker.io/library/alpine"],
    ["index.docker.io/alpine", "docker.io/library/alpine"],
    ["registry-1.docker.io/library/alpine:3", "docker.io/library/alpine:3"],
    ["docker/docker", "docker.io/docker/docker"],
    ["docker.io/docker/docker:v1", "docker.io/docker/docker:v1"],
    ["localhost", "docker.io/library/localhost"],
    ["localhost/library/debian", "localhost/library/debian"],
    ["localhost/debian", "localhost/debian"],
    ["LOCALDOMAIN/debian", "LOCALDOMAIN/debian"],
    ["localhost:5000/debian:sid", "localhost:5000/debian:sid"],
    ["127.0.0.1:5000/docker/docker", "127.0.0.1:5000/docker/docker"],
    ["127.0.0.1/debian", "127.0.0.1/debian"],
    ["192.168.0.1:8000/library/debian:x", "192.168.0.1:8000/library/debian:x"],
    ["[2001:db8::1]:5000/repo", "[2001:db8::1]:5000/repo"],
    ["[2001:db8:1:2:3:4:5:6]/repo:tag", "[2001:db8:1:2:3:4:5:6]/repo:tag"],
    ["[FD00::1]/repo", "[fd00::1]/repo"],
    ["test.com:tag", "docker.io/library/test.com:tag"],
    ["test:5000/repo", "test:5000/repo"],
    ["test.com/repo:tag", "test.com/repo:tag"],
    ["xn--n3h.com/myimage:xn--n3h.com", "xn--n3h.com/myimage:xn--n3h.com"],
    ["sub-dom1.foo.com/bar/baz/quux", "sub-dom1.foo.com/bar/baz/quux"],
    ["foo_bar.com:8080", "docker.io/library/foo_bar.com:8080"],
    ["foo/foo_bar.com:8080", "docker.io/foo/foo_bar.com:8080"],
    [
      "docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a",
      "docker.io/library/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a",
    ],
    [`test:5000/repo:tag@sha256:${hex}`, `test:5000/repo:tag@sha256:${hex}`],
    [`test:5000/repo@sha512:${hex}${hex}`, `test:5000/repo@sha512:${hex}${hex}`],
    [`a/${"b".repeat(200)}:t`, `docker.io/a/${"b".repeat(200)}:t`],
    [`host.io/${name255}`, `host.io/${name255}`],
  ])("%s is %s", (text, whole) => {
    expect(formatImageReference(parseImageReference(text))).toBe(whole);
  });

  it.each([
    ["", "empty"],
    [":justtag", "not a repository name"],
    [`@sha256:${hex}`, "not a repository name"],
    ["repo@sha256:ffff", "not a digest"],
    [`repo@md5:${"f".repeat(32)}`, "not a digest"],
    [`a@${digest}@${digest}`, "not a digest"],
    ["Uppercase:tag", "upper-case letters, which the names of repositories cannot have: try 'library/uppercase'"],
    ["test:5000/Uppercase/lowercase:tag", "try 'uppercase/lowercase'"],
    ["docker.io/Docker", "try 'library/docker'"],
    [`host.io/${name255}x`, "at most 255"],
    ["aa/asdf$$^/aa", "not a repository name"],
    ["a//b", "not a repository name"],
    ["ghcr.io/", "not a repository name"],
    ["ghcr.io//a", "not a repository name"],
    ["/a", "not a repository name"],
    ["repo:", "not a tag"],
    ["repo:.tag", "not a tag"],
    [`repo:${"t".repeat(129)}`, "not a tag"],
    ["a b", "not a repository name"],
    ["-test.example/a", "not the host"],
    ["test-.example/a", "not the host"],
    ["my_host:5000/a", "not the host"],
    ["[fe80::1%25eth0]:5000/repo", "not the host"],
    ["[fe80::1%@invalidzone]:5000/repo", "not a digest"],
    ["[::1/repo", "not the host"],
    ["test:0/repo", "not the host"],
    ["test:65536/repo", "not the host"],
    ["test:5000:5/repo", "not the host"],
    ["docker://alpine", "leave out 'docker://'"],
    ["https://ghcr.io/a/b", "leave out 'https://'"],
    ["HTTP://ghcr.io/a/b", "leave out 'HTTP://'"],
    ["oci://a/b", "leave out 'oci://'"],
    ["127.0.0.1:5000", "a registry without a repository: add one, as in 127.0.0.1:5000/team/app"],
    ["localhost:5000", "a registry without a repository"],
    ["[::1]:5000", "a registry without a repository"],
    ["x".repeat(1025), "longer than 1024"],
  ])("cannot be %j, which is told: %s", (text, message) => {
    const parse = () => parseImageReference(text);
    expect(parse).toThrow(RegistryError);
    expect(parse).toThrow(message);
  });

  it("keeps a password out of what it says about an address", () => {
    expect(() => parseImageReference("https://me:hunter2@ghcr.io/a")).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });

  it("gets the default tag only when it has neither tag nor digest", () => {
    expect(parseImageReference("a", { defaultTag: "latest" }).tag).toBe("latest");
    expect(parseImageReference("a:v1", { defaultTag: "latest" }).tag).toBe("v1");
    expect(parseImageReference(`a@${digest}`, { defaultTag: "latest" })).not.toHaveProperty("tag");
    expect(parseImageReference("a")).not.toHaveProperty("tag");
  });

  it("keeps tag and digest, and the digest decides what is asked for", () => {
    const image = parseImageReference(`a/b:v1@${digest}`);
    expect(image).toEqual({ host: "docker.io", repository: "a/b", tag: "v1", digest });
    expect(toReference(image)).toEqual({ repository: "a/b", digest });
    expect(toReference(parseImageReference("a/b:v1"))).toEqual({ repository: "a/b", tag: "v1" });
    expect(() => toReference(parseImageReference("a/b"))).toThrow("names neither a tag nor a digest");
  });

  it("comes back from its own text", () => {
    fc.assert(
      fc.property(images, (image) => {
        expect(parseImageReference(formatImageReference(image))).toEqual(image);
      }),
    );
  });

  it("keeps a host of one word, which only its capitals tell from a folder", () => {
    const image = parseImageReference("MIRROR/app");
    expect(image).toEqual({ host: "mirror", repository: "app" });
    expect(parseImageReference(formatImageReference(image))).toEqual(image);
  });

  it("is parsed or refused with a RegistryError, whatever is typed", () => {
    const typed = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[a-zA-Z0-9.:/@[\]_-]{0,40}$/),
      images.map(formatImageReference).map((text) => text.slice(1)),
    );
    fc.assert(
      fc.property(typed, (text) => {
        try {
          const image = parseImageReference(text);
          expect(parseImageReference(formatImageReference(image))).toEqual(image);
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError);
        }
      }),
    );
  });
});

describe("the host of a registry", () => {
  it.each([
    ["ghcr.io", "ghcr.io"],
    ["GHCR.io:443", "ghcr.io:443"],
    ["registry", "registry"],
    ["[::1]:5000", "[::1]:5000"],
    ["index.docker.io", "docker.io"],
    ["Registry-1.Docker.io", "docker.io"],
  ])("can be %s", (text, host) => {
    expect(parseRegistryHost(text)).toBe(host);
  });

  it.each(["", "a/b", "ghcr.io/", "https://ghcr.io", "a:", "a:b", "::1", "[::1", "a..b", "me@ghcr.io", "a\n"])(
    "cannot be %j",
    (text) => {
      expect(() => parseRegistryHost(text)).toThrow(expect.objectContaining({ code: "NAME_INVALID" }));
    },
  );

  it("is what has a dot, a colon or an upper-case letter, or is localhost", () => {
    expect(["a.b", "a:1", "A", "localhost", "[::1]"].every(isHostPart)).toBe(true);
    expect(["a", "team", "my-registry", ""].some(isHostPart)).toBe(false);
  });
});

const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
const names = fc
  .array(part, { minLength: 2, maxLength: 5 })
  .map((parts) => parts.join("/"))
  .filter((name): name is RepositoryName => isRemoteName(name));
const hosts = fc.oneof(
  fc.constantFrom("docker.io", "localhost", "[::1]", "[2001:db8::1]:5000", "127.0.0.1:80"),
  fc.stringMatching(/^[a-z0-9]{1,5}(?:-[a-z0-9]{1,5})?\.[a-z]{2,5}(?::[1-9][0-9]{1,3})?$/),
);
const images: fc.Arbitrary<ImageReference> = fc.record(
  {
    host: hosts,
    repository: names,
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/).filter(isTag),
    digest: fc.constantFrom(digest, digestOf("x", "sha512")),
  },
  { requiredKeys: ["host", "repository"] },
);
