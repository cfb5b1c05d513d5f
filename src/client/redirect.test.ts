// The rules of research 1.6, over real servers; the Internet is that of test/wire-servers.ts.

import { Readable } from "node:stream";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { authority, goodCertificate, key } from "../../test/certificates.ts";
import { exchangeWith, internet, serveBytes, serveHttp, type Served } from "../../test/wire-servers.ts";
import { follow } from "./redirect.ts";
import type { RawRequest } from "./transport-exchange.ts";

/** Answers every request with its Authorization and body, and remembers them. */
async function serveEcho(
  host?: string,
): Promise<Served & { seen: { authorization: string | undefined; body: string; method: string }[] }> {
  const seen: { authorization: string | undefined; body: string; method: string }[] = [];
  const served = await serveHttp(
    (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        seen.push({ authorization: request.headers.authorization, body, method: request.method ?? "" });
        response.end("bytes");
      });
    },
    host === undefined ? {} : { host },
  );
  return { ...served, seen };
}

const serveRedirect = (location: (path: string) => string, status = 307): Promise<Served> =>
  serveHttp((request, response) => {
    request.resume().on("end", () => response.writeHead(status, { location: location(request.url ?? "") }).end("moved"));
  });

describe("redirects and credentials (1.6)", () => {
  it("drops Authorization when the origin changes, even when only the port differs", async () => {
    await using storage = await serveEcho();
    await using registry = await serveRedirect(() => `${storage.url.href}blob?X-Signature=s3cr3t`);
    await using exchange = exchangeWith(registry.url);
    const answer = await exchange.get("/v2/a/blobs/x");
    expect(Buffer.from(await answer.bytes(100)).toString()).toBe("bytes");
    expect(storage.seen).toEqual([{ authorization: undefined, body: "", method: "GET" }]);
    expect(answer.url.port).toBe(String(storage.port));
  });

  it("keeps Authorization on the same origin", async () => {
    let last: string | undefined;
    await using registry = await serveHttp((request, response) => {
      last = request.headers.authorization;
      if (request.url === "/a") response.writeHead(302, { location: "/b" }).end();
      else response.end("here");
    });
    await using exchange = exchangeWith(registry.url);
    await (await exchange.get("/a")).discard();
    expect(last).toBe("Bearer secret-token");
  });

  it("a port that is the scheme's default is the same origin", async () => {
    const sent: RawRequest[] = [];
    const bodies = [307, 200].map((status) => ({
      status,
      headers: { location: "https://registry.example/b" },
      body: Readable.from([]),
    }));
    const transport = {
      timeout: 1,
      isPublic: () => true,
      close: () => Promise.resolve(),
      exchange: (request: RawRequest) => Promise.resolve(bodies[sent.push(request) - 1]!),
    };
    const registry = new URL("https://registry.example:443");
    const request = { method: "GET", url: new URL("/a", registry), headers: { authorization: "Bearer x" }, body: undefined };
    const toError = (): never => expect.unreachable();
    const { foreign } = await follow(
      transport,
      { ...request, signal: undefined, toError },
      { registry, home: registry, mayLeave: true },
    );
    expect(foreign).toBe(false);
    expect(sent.map(({ headers, guarded }) => [headers["authorization"], guarded])).toEqual([
      ["Bearer x", false],
      ["Bearer x", false],
    ]);
  });

  it("does not bring Authorization back when the chain returns to the registry", async () => {
    const seen: (string | undefined)[] = [];
    await using registry = await serveHttp((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/a") response.writeHead(307, { location: `http://127.0.0.1:${away.port}/` }).end();
      else response.end();
    });
    await using away: Served = await serveRedirect(() => `${registry.url.href}b`);
    await using exchange = exchangeWith(registry.url);
    await (await exchange.get("/a")).discard();
    expect(seen).toEqual(["Bearer secret-token", undefined]);
  });

  it("gives a challenge from a redirected host neither credentials nor to the authorizer", async () => {
    await using storage = await serveHttp((_request, response) => {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="https://evil.example/token"' }).end();
    });
    await using registry = await serveRedirect(() => storage.url.href);
    const challenges: unknown[] = [];
    await using exchange = exchangeWith(registry.url, {
      authorizer: {
        authorize: () => Promise.resolve("Bearer secret-token"),
        challenged: (challenge) => Promise.resolve(challenges.push(challenge) > 0),
      },
    });
    await expect(exchange.get("/v2/a/blobs/x")).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      request: { attempts: 1, status: 401 },
    });
    expect(challenges).toEqual([]);
  });

  it("sends no credentials to an upload Location on another host", async () => {
    await using storage = await serveEcho();
    await using registry = await serveEcho();
    await using exchange = exchangeWith(registry.url);
    const body = { length: 5, open: () => Buffer.from("hello") };
    await (await exchange.send({ method: "PUT", url: `${storage.url.href}upload`, scopes: [], body })).discard();
    expect(storage.seen).toEqual([{ authorization: undefined, body: "hello", method: "PUT" }]);
  });

  it("never names the signed query of a redirect in an error, nor the redirect's path", async () => {
    await using storage = await serveHttp(
      (request, response) => void response.writeHead(403).end(`bad signature in ${request.url}`),
    );
    await using registry = await serveRedirect(() => `${storage.url.href}blob?X-Signature=s3cr3t`);
    await using exchange = exchangeWith(registry.url);
    const error = await exchange.get("/v2/a/blobs/x?digest=1").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "DENIED", request: { host: registry.url.host, path: "/v2/a/blobs/x" } });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/s3cr3t|secret-token/);
  });
});

describe("redirects that are refused (1.6)", () => {
  it("follows ten hops and not eleven", async () => {
    await using registry = await serveHttp((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    await using exchange = exchangeWith(registry.url);
    await (await exchange.get("/10")).discard();
    await expect(exchange.get("/11")).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
      message: expect.stringContaining("10 times") as string,
    });
  });

  it("ends a redirect loop", async () => {
    let asked = 0;
    await using registry = await serveHttp((request, response) => {
      asked++;
      response.writeHead(302, { location: request.url }).end();
    });
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/round")).rejects.toMatchObject({ kind: "protocol" });
    expect(asked).toBe(11);
  });

  it("never goes from https to http, by redirect or Location, not even on the same host", async () => {
    await using plain = await serveEcho();
    const tls = { key, cert: goodCertificate };
    await using registry = await serveHttp(
      (_request, response) => void response.writeHead(307, { location: plain.url.href }).end(),
      { tls },
    );
    await using exchange = exchangeWith(registry.url, { wire: { tls: () => ({ ca: authority }) } });
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ message: expect.stringContaining("X-Forwarded-Proto") as string });
    await expect(exchange.get(plain.url.href)).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
    expect(plain.connections()).toBe(0);
  });

  it.each(["http://", "file:///etc/passwd", "gopher://127.0.0.1/"])("refuses Location %s", async (location) => {
    await using registry = await serveRedirect(() => location);
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED", request: { attempts: 1 } });
  });

  it("ignores a user name and password in a Location", async () => {
    await using storage = await serveEcho();
    await using registry = await serveRedirect(() => `http://user:password@127.0.0.1:${storage.port}/`);
    await using exchange = exchangeWith(registry.url);
    await (await exchange.get("/v2/")).discard();
    expect(storage.seen).toMatchObject([{ authorization: undefined }]);
  });

  it("a redirect without Location is a protocol error", async () => {
    await using registry = await serveHttp((_request, response) => void response.writeHead(307).end());
    await using exchange = exchangeWith(registry.url);
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED", request: { status: 307 } });
  });
});

describe("private addresses and public registries (1.6)", () => {
  const wire = { network: internet };

  it.each(["127.0.0.2", "localhost", "inside.example", "[::1]", "[::ffff:127.0.0.2]", "2130706434"])(
    "a registry on the Internet cannot send anyone to %s",
    async (host) => {
      await using inside = await serveEcho("127.0.0.2");
      await using registry = await serveRedirect(() => `http://${host}:${inside.port}/latest/meta-data`);
      await using exchange = exchangeWith(registry.url, { wire });
      await expect(exchange.get("/v2/")).rejects.toMatchObject({
        code: "PROTOCOL_VIOLATED",
        message: expect.stringContaining("private network") as string,
      });
      expect(inside.connections()).toBe(0);
    },
  );

  it("nor by an upload Location", async () => {
    await using inside = await serveEcho("127.0.0.2");
    await using registry = await serveEcho();
    await using exchange = exchangeWith(registry.url, { wire });
    await (await exchange.get("/v2/")).discard();
    await expect(exchange.send({ method: "PUT", url: inside.url.href, scopes: [] })).rejects.toMatchObject({ kind: "protocol" });
    expect(inside.connections()).toBe(0);
  });

  it("nor by a name that is public when looked at and private when connected to", async () => {
    await using inside = await serveEcho("127.0.0.2");
    let asked = 0;
    const lookup = ((name: string, options: { all: true }, callback: (error: null, found: unknown) => void) => {
      if (name !== "rebind.example") internet.lookup(name, options, callback as never);
      else callback(null, [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
    }) as LookupFunction;
    await using registry = await serveRedirect(() => `http://rebind.example:${inside.port}/`);
    await using exchange = exchangeWith(registry.url, { wire: { network: { ...internet, lookup } }, retry: { maxRetries: 0 } });
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "UNREACHABLE" }); // 127.0.0.1: refused
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ code: "PROTOCOL_VIOLATED" });
    expect(inside.connections()).toBe(0);
  });

  it("nor through a hop that is public while the registry is private", async () => {
    await using inside = await serveEcho("127.0.0.2");
    await using hop = await serveRedirect(() => inside.url.href);
    await using registry = await serveHttp(
      (_request, response) => void response.writeHead(307, { location: hop.url.href }).end(),
      { host: "127.0.0.3" },
    );
    await using exchange = exchangeWith(registry.url, { wire });
    await expect(exchange.get("/v2/")).rejects.toMatchObject({ kind: "protocol" });
    expect(inside.connections()).toBe(0);
  });

  it("a registry that is private itself may redirect to private addresses", async () => {
    await using inside = await serveEcho("127.0.0.2");
    await using registry = await serveHttp(
      (_request, response) => void response.writeHead(307, { location: inside.url.href }).end(),
      { host: "127.0.0.3" },
    );
    await using exchange = exchangeWith(registry.url, { wire });
    await (await exchange.get("/v2/")).discard();
    expect(inside.seen).toMatchObject([{ authorization: undefined }]);
  });

  it("a registry known by a name is judged by the address that it was reached at", async () => {
    await using inside = await serveEcho("127.0.0.2");
    await using other = await serveHttp(
      (_request, response) => void response.writeHead(307, { location: inside.url.href }).end(),
      { host: "127.0.0.2" },
    );
    await using exchange = exchangeWith(new URL(`http://inside.example:${other.port}`), { wire });
    await (await exchange.get("/v2/")).discard();
    expect(inside.seen).toHaveLength(1);
  });
});

describe("redirects of requests with bodies (1.6)", () => {
  it.each([307, 308])("%i sends the body again, opened anew", async (status) => {
    await using storage = await serveEcho();
    await using registry = await serveRedirect(() => storage.url.href, status);
    await using exchange = exchangeWith(registry.url);
    let opened = 0;
    const body = { length: 5, open: () => (opened++, Readable.from([Buffer.from("hello")])) };
    await (await exchange.send({ method: "PATCH", url: "/up", scopes: [], body })).discard();
    expect(storage.seen).toEqual([{ authorization: undefined, body: "hello", method: "PATCH" }]);
    expect(opened).toBe(2);
  });

  it("a body that can be read only once is not sent on", async () => {
    await using storage = await serveEcho();
    await using registry = await serveRedirect(() => storage.url.href);
    await using exchange = exchangeWith(registry.url);
    const bodies = [Readable.from([Buffer.from("hello")])];
    const open = (): Readable => {
      const body = bodies.pop();
      if (body === undefined) throw new Error("only once");
      return body;
    };
    await expect(exchange.send({ method: "PUT", url: "/up", scopes: [], body: { length: 5, open } })).rejects.toThrow(
      "only once",
    );
    expect(storage.seen).toEqual([]);
  });

  it.each([301, 302, 303])("%i of a PUT is refused, since it would lose the body", async (status) => {
    await using storage = await serveEcho();
    await using registry = await serveRedirect(() => storage.url.href, status);
    await using exchange = exchangeWith(registry.url);
    const body = { length: 1, open: () => Buffer.from("x") };
    await expect(exchange.send({ method: "PUT", url: "/up", scopes: [], body })).rejects.toMatchObject({
      code: "PROTOCOL_VIOLATED",
    });
    expect(storage.seen).toEqual([]);
  });

  it("a redirect's own body is not read, however long it is", async () => {
    await using registry = await serveBytes((socket, head) => {
      if (head.startsWith("GET /b")) return void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      socket.write("HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 999999999999\r\n\r\n");
      const more = (): void => void (socket.writable && socket.write(Buffer.alloc(65_536), more));
      more();
    });
    await using exchange = exchangeWith(registry.url);
    expect(Buffer.from(await (await exchange.get("/a")).bytes(10)).toString()).toBe("ok");
  });
});
