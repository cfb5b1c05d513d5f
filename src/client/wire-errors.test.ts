// From answers to errors (research 1.13): the status decides, the body explains.

import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RegistryError } from "../oci/errors.ts";
import { exchangeWith, serveHttp } from "../../test/wire-servers.ts";
import { answerError } from "./wire-errors.ts";

interface Wire {
  readonly path?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly sent?: string;
}

async function errorFor(
  status: number,
  { path = "/v2/a/manifests/v1", method = "GET", body = "", headers = {}, sent }: Wire = {},
): Promise<RegistryError> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = { status, header: (name: string) => headers[name], body: Readable.from([Buffer.from(text)]), sent };
  return await answerError(answer, { host: "registry.example", method, path, attempts: 2 });
}
const errors = (code: string, message = "words"): unknown => ({ errors: [{ code, message, detail: { a: 1 } }] });

describe("the status decides (1.13)", () => {
  it.each([
    [400, "", "REQUEST_INVALID", "invalid"],
    [401, "", "UNAUTHORIZED", "auth"],
    [403, "", "DENIED", "forbidden"],
    [404, "", "MANIFEST_UNKNOWN", "not found"],
    [405, "", "UNSUPPORTED", "unsupported"],
    [408, "", "TIMEOUT", "timeout"],
    [409, "", "CONFLICT", "conflict"],
    [412, "", "PRECONDITION_FAILED", "conflict"],
    [413, "", "SIZE_INVALID", "invalid"],
    [418, "", "REQUEST_INVALID", "invalid"],
    [429, "", "TOOMANYREQUESTS", "rate limited"],
    [500, "", "UNKNOWN", "failure"],
    [501, "", "UNSUPPORTED", "unsupported"],
    [502, "", "UNKNOWN", "failure"],
    [503, "", "UNAVAILABLE", "failure"],
    [504, "", "TIMEOUT", "timeout"],
    [304, "", "PROTOCOL_VIOLATED", "protocol"],
    [401, errors("DENIED"), "UNAUTHORIZED", "auth"],
    [403, errors("UNAUTHORIZED"), "DENIED", "forbidden"],
    [404, errors("MADE_UP"), "MANIFEST_UNKNOWN", "not found"],
    [500, errors("MANIFEST_UNKNOWN"), "UNKNOWN", "failure"],
  ])("%i with %j is %s", async (status, body, code, kind) => {
    const error = await errorFor(status, { body });
    expect(error).toMatchObject({ code, kind, request: { host: "registry.example", method: "GET", attempts: 2, status } });
  });

  it.each([
    ["/v2/a/manifests/v1", "MANIFEST_UNKNOWN"],
    ["/v2/a/blobs/sha256:00", "BLOB_UNKNOWN"],
    ["/v2/a/blobs/uploads/", "NAME_UNKNOWN"],
    ["/v2/a/blobs/uploads/123", "BLOB_UPLOAD_UNKNOWN"],
    ["/v2/a/tags/list", "NAME_UNKNOWN"],
    ["/v2/_catalog", "NOT_FOUND"],
  ])("404 without a body is told by what was asked: %s is %s", async (path, code) => {
    expect(await errorFor(404, { path })).toMatchObject({ code, status: 404 });
  });

  it("416 is a chunk of an upload or a range of a blob", async () => {
    expect(await errorFor(416, { path: "/v2/a/blobs/uploads/1" })).toMatchObject({ code: "BLOB_UPLOAD_INVALID" });
    expect(await errorFor(416, { path: "/v2/a/blobs/sha256:00" })).toMatchObject({ code: "RANGE_INVALID" });
  });

  it("a gateway's timeout is one of ours towards our own clients: 504", async () => {
    expect(await errorFor(504)).toMatchObject({ status: 504 });
    expect(await errorFor(500)).toMatchObject({ status: 502 });
  });
});

describe("the body explains (1.13)", () => {
  it.each([
    [errors("MANIFEST_INVALID", "no layers"), "MANIFEST_INVALID", "no layers"],
    [errors("DIGEST_INVALID"), "DIGEST_INVALID", "words"],
    [errors("UNSUPPORTED", "n is too large"), "UNSUPPORTED", "n is too large"],
    [errors("TOOMANYREQUESTS"), "TOOMANYREQUESTS", "words"],
    [errors("PROTOCOL_VIOLATED"), "REQUEST_INVALID", "words"],
    [{ errors: [{ code: "NAME_INVALID" }] }, "NAME_INVALID", "NAME_INVALID"],
    [{ details: "incorrect username or password" }, "REQUEST_INVALID", "incorrect username or password"],
    [{ message: "not here" }, "REQUEST_INVALID", "not here"],
    [{ error: "invalid_grant", error_description: "expired" }, "REQUEST_INVALID", "expired"],
    ["<html><head><title>Bad\n gateway</title></head><body>secret</body></html>", "REQUEST_INVALID", "Bad gateway"],
    [
      "<?xml version='1.0'?><Error><Code>X</Code><Message>No such key</Message><Key>k</Key></Error>",
      "REQUEST_INVALID",
      "No such key",
    ],
    ["plain words\r\nof a server\u001b[31m", "REQUEST_INVALID", "plain words of a server [31m"],
  ])("%j", async (body, code, words) => {
    const error = await errorFor(400, { body });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^registry\.example answered 400 to GET \/v2\/a\/manifests\/v1: /);
    expect(error.message).toContain(`: ${words}`);
    expect(error.message).not.toMatch(/secret|\p{Cc}|<Key>/u);
  });

  it("403 for a manifest that is not there (Artifactory) is not found", async () => {
    expect(await errorFor(403, { body: errors("MANIFEST_UNKNOWN") })).toMatchObject({
      code: "MANIFEST_UNKNOWN",
      kind: "not found",
    });
  });

  it("UNKNOWN with 'not found' (Harbor, Red Hat) is not found", async () => {
    for (const [status, words] of [
      [404, "Not Found"],
      [400, "artifact x:v1 not found"],
    ] as const) {
      expect(await errorFor(status, { body: errors("UNKNOWN", words) })).toMatchObject({ code: "MANIFEST_UNKNOWN" });
    }
  });

  it("whatever the body is, there is an error of one line, and not a long one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ errors: value })),
        ),
        fc.integer({ min: 300, max: 599 }),
        async (body, status) => {
          const { message } = await errorFor(status, { body });
          expect(message.length).toBeLessThan(600);
          expect(message).not.toMatch(/[\n\r\0]/);
        },
      ),
    );
  });

  it("a body that breaks off leaves the status to speak", async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"errors":[{"code":');
      await Promise.reject(new Error("reset"));
    }
    const request = { host: "h", method: "GET", path: "/", attempts: 1 };
    expect(await answerError({ status: 403, header: () => undefined, body: Readable.from(breaking()) }, request)).toMatchObject({
      code: "DENIED",
    });
  });
});

describe("never a secret (1.13)", () => {
  it.each([
    ["Bearer abc.def.ghi", "your token abc.def.ghi is bad"],
    [
      `Basic ${Buffer.from("user:pass:word").toString("base64")}`,
      `user gave pass:word as ${Buffer.from("user:pass:word").toString("base64")}`,
    ],
  ])("a body that repeats %s", async (sent, body) => {
    expect((await errorFor(401, { body, sent })).message).not.toMatch(/abc|pass|dXNlc/);
  });

  it("a body that repeats a token longer than what is shown of the body", async () => {
    const token = "abcd".repeat(500);
    expect((await errorFor(401, { body: `bad token ${token}`, sent: `Bearer ${token}` })).message).not.toContain("abcd");
  });

  it("a body that repeats a refresh token as it stood in the form", async () => {
    const { message } = await errorFor(400, { body: "bad refresh_token=ab%2Bcd%3D%3D", sent: "Bearer ab+cd==" });
    expect(message).not.toContain("ab%2Bcd");
  });

  it("a body that repeats a signed address", async () => {
    const { message } = await errorFor(403, { body: "GET https://x.example/blob?X-Amz-Signature=s3cr3t denied" });
    expect(message).toContain("https://x.example/blob?… denied");
  });
});

describe("rate limits (1.13)", () => {
  it("tells the two limits of Docker Hub apart", async () => {
    const headers = {
      "ratelimit-limit": "100;w=21600",
      "ratelimit-remaining": "0;w=21600",
      "docker-ratelimit-source": "192.0.2.1",
    };
    const pulls = await errorFor(429, { headers, body: errors("TOOMANYREQUESTS", "You have reached your pull rate limit.") });
    expect(pulls.detail).toEqual({ limit: 100, remaining: 0, windowSeconds: 21_600, source: "192.0.2.1", of: "pulls" });
    const guard = await errorFor(429, { body: "Too Many Requests" });
    expect(guard.detail).toEqual({ of: "requests" });
    expect([pulls.message, guard.message]).toEqual([
      expect.stringContaining("limit of pulls"),
      expect.stringContaining("short time"),
    ]);
  });
});

it("http spoken to a TLS port is explained", async () => {
  const { message } = await errorFor(400, { body: "Client sent an HTTP request to an HTTPS server." });
  expect(message).toContain("write https:// before its name");
});

it("an error over the wire names host, method, path without query, attempts and status", async () => {
  await using registry = await serveHttp(
    (_request, response) => void response.writeHead(404).end(JSON.stringify(errors("NAME_UNKNOWN"))),
  );
  await using exchange = exchangeWith(registry.url);
  const error = await exchange.get("/v2/a/tags/list?n=5").catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: "NAME_UNKNOWN",
    name: "RegistryError",
    request: { host: registry.url.host, method: "GET", path: "/v2/a/tags/list", attempts: 1, status: 404 },
  });
});
