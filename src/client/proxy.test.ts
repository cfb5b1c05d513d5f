// Proxies from the environment (research 1.5), and what goes through them.

import { connect } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authority, goodCertificate, key } from "../../test/certificates.ts";
import { clientOver } from "../../test/client-over.ts";
import { serveBytes, serveHttp } from "../../test/wire-servers.ts";
import type { RepositoryName } from "../oci/reference.ts";
import { proxiesFrom } from "./proxy.ts";

const through = (environment: Record<string, string>, url: string): string | undefined =>
  proxiesFrom(environment)(new URL(url))?.href;
const both = { HTTP_PROXY: "http://plain.example:3128", HTTPS_PROXY: "http://secure.example:3128" };

describe("proxies (1.5)", () => {
  it("are chosen by the scheme of the registry", () => {
    expect(through(both, "http://registry.example")).toBe("http://plain.example:3128/");
    expect(through(both, "https://registry.example")).toBe("http://secure.example:3128/");
    expect(through({ HTTP_PROXY: "http://plain.example" }, "https://registry.example")).toBeUndefined();
    expect(through({}, "https://registry.example")).toBeUndefined();
  });

  it("may be named in small letters, which capitals come before, and without a scheme", () => {
    expect(through({ https_proxy: "small.example:1" }, "https://r.example")).toBe("http://small.example:1/");
    expect(through({ https_proxy: "small.example:1", HTTPS_PROXY: "big.example:1" }, "https://r.example")).toBe(
      "http://big.example:1/",
    );
    expect(through({ HTTPS_PROXY: "", https_proxy: "small.example:1" }, "https://r.example")).toBe("http://small.example:1/");
  });

  it.each(["localhost", "127.0.0.1:5000", "[::1]", "a.localhost"])("never stand before this machine (%s)", (host) => {
    expect(through(both, `http://${host}`)).toBeUndefined();
  });

  it.each([
    ["*", "https://r.example", true],
    ["r.example", "https://r.example", true],
    ["r.example", "https://sub.r.example", true],
    ["r.example", "https://notr.example", false],
    [".r.example", "https://sub.r.example", true],
    [".r.example", "https://r.example", false],
    ["*.r.example", "https://sub.r.example", true],
    ["R.Example.", "https://r.example", true],
    ["a, r.example ,b", "https://r.example", true],
    ["a r.example", "https://r.example", true],
    ["r.example:443", "https://r.example", true],
    ["r.example:8443", "https://r.example", false],
    ["192.0.2.1", "https://192.0.2.1", true],
    ["192.0.2.1", "https://192.0.2.10", false],
    ["192.0.2.0/24", "https://192.0.2.10", true],
    ["192.0.2.0/24", "https://192.0.3.10", false],
    ["192.0.2.0/33", "https://192.0.2.10", false],
    ["2001:db8::/32", "https://[2001:db8::1]", true],
    ["2001:db8::1", "https://[2001:db8:0::1]", true],
    ["", "https://r.example", false],
  ])("NO_PROXY '%s' for %s: %s", (list, url, isDirect) => {
    expect(through({ ...both, NO_PROXY: list }, url) === undefined).toBe(isDirect);
  });

  it("whatever NO_PROXY holds, it is read without an error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-f0-9.:/*,[\] ]{0,30}$/)), (list) => {
        expect(() => through({ ...both, NO_PROXY: list }, "https://r.example")).not.toThrow();
      }),
    );
  });

  it.each(["ftp://proxy", "http://", "http://user:secret@"])(
    "'%s' is refused by the name of the variable, not its value",
    (value) => {
      expect(() => proxiesFrom({ HTTPS_PROXY: value })).toThrow(
        expect.objectContaining({
          code: "REQUEST_INVALID",
          message: "HTTPS_PROXY in the environment is not an http:// or https:// URL of a proxy",
        }),
      );
    },
  );
});

describe("through a proxy (1.5)", () => {
  it("plain requests go to it with the whole address", async () => {
    const asked: unknown[] = [];
    await using proxy = await serveHttp((request, response) => {
      asked.push([request.url, request.headers["proxy-authorization"]]);
      response.end('{"tags":["v1"]}');
    });
    const environment = { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` };
    await using over = clientOver("http://registry.example:5000", { proxy: proxiesFrom(environment) });
    expect((await over.client.tags("a" as RepositoryName, { limit: 1 })).items).toEqual(["v1"]);
    expect(asked[0]).toEqual([
      "http://registry.example:5000/v2/a/tags/list?n=1000",
      `Basic ${Buffer.from("me:secret").toString("base64")}`,
    ]);
  });

  it("TLS goes through a tunnel, checked against the registry's own name", async () => {
    await using registry = await serveHttp((_request, response) => response.end('{"tags":["v1"]}'), {
      tls: { cert: goodCertificate, key },
    });
    const heads: string[] = [];
    await using proxy = await serveBytes((socket, head) => {
      heads.push(head.split("\r\n", 1)[0]!);
      const onward = connect(registry.port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
      socket.pipe(onward).pipe(socket);
      socket.on("close", () => onward.destroy());
      onward.on("error", () => socket.destroy());
    });
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const proxies = proxiesFrom(environment);
    // The certificate is for localhost, before which proxiesFrom would put no proxy.
    const always = (): URL | undefined => proxies(new URL("https://registry.example"));
    await using over = clientOver("https://localhost:5443", { proxy: always, ca: authority });
    expect((await over.client.tags("a" as RepositoryName, { limit: 1 })).items).toEqual(["v1"]);
    expect(heads).toEqual(["CONNECT localhost:5443 HTTP/1.1"]);
    await using wrong = clientOver("https://other.example:5443", { proxy: always, ca: authority, maxRetries: 0 });
    await expect(wrong.client.tags("a" as RepositoryName, { limit: 1 })).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringContaining("has a certificate for another name"),
    });
  });

  it("a proxy that refuses says so, with its status", async () => {
    await using proxy = await serveBytes((socket) => void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const proxies = proxiesFrom({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    await using over = clientOver("https://registry.example", { proxy: proxies, maxRetries: 0 });
    await expect(over.client.tags("a" as RepositoryName, { limit: 1 })).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringContaining("is behind a proxy that answered 407"),
    });
  });
});
