import { describe, expect, it } from "vitest";
import { standard } from "./host-profile.ts";
import { mayHaveCredentials, refuseRealm, registrableDomain, resolveRealm } from "./realm.ts";

const registry = new URL("https://registry.example.org");

function trusts(registryHost: string, realmHost: string, rules: { realms?: string[]; allowedRealms?: string[] } = {}): boolean {
  const { realms = [], allowedRealms = [] } = rules;
  const profile = { ...standard, realms };
  return mayHaveCredentials(new URL(`https://${realmHost}/token`), {
    registry: new URL(`https://${registryHost}`),
    profile,
    allowedRealms,
  });
}

describe("the address of a token server", () => {
  it("may be relative to the registry's API", () => {
    expect(resolveRealm("/token", registry).href).toBe("https://registry.example.org/token");
    expect(resolveRealm("token?a=b", registry).href).toBe("https://registry.example.org/v2/token?a=b");
  });

  it("keeps its query, loses user name, password and fragment", () => {
    expect(resolveRealm("https://me:secret@auth.example.org/t?x=1#y", registry).href).toBe("https://auth.example.org/t?x=1");
  });

  it("is never plain http unless the registry is", () => {
    expect(() => resolveRealm("http://auth.example.org/token", registry)).toThrow(
      expect.objectContaining({ code: "PROTOCOL_VIOLATED", message: expect.stringContaining("over plain http") as string }),
    );
    expect(resolveRealm("http://127.0.0.1:1/t", new URL("http://127.0.0.1:2")).href).toBe("http://127.0.0.1:1/t");
  });

  it.each(["ftp://auth.example.org/", "file:///etc/passwd", "javascript:1", "https://", "http://[::1"])(
    "cannot be %s",
    (realm) => {
      expect(() => resolveRealm(realm, registry)).toThrow(expect.objectContaining({ code: "PROTOCOL_VIOLATED" }));
    },
  );
});

describe("credentials go to a token server", () => {
  it.each([
    ["registry.example.org", "registry.example.org"],
    ["registry.example.org:5000", "registry.example.org:5001"],
    ["registry.example.org", "auth.example.org"],
    ["registry-1.docker.io", "auth.docker.io"],
    ["r.example.de", "auth.example.de"],
    ["r.example.co.uk", "a.example.co.uk"],
    ["r.example.com.fr", "a.example.com.fr"],
    ["127.0.0.1:5000", "127.0.0.1:5001"],
    ["127.0.0.1:5000", "localhost:5001"],
    ["REGISTRY.example.org", "auth.EXAMPLE.org"],
  ])("on the same host or registrable domain: from %s to %s", (host, realm) => {
    expect(trusts(host, realm)).toBe(true);
  });

  it.each([
    ["good.co.uk", "evil.co.uk"],
    ["r.good.co.uk", "r.evil.co.uk"],
    ["good.com.au", "evil.com.au"],
    ["good.kobe.jp", "evil.kobe.jp"],
    ["good.city.kawasaki.jp", "evil.city.kawasaki.jp"],
    ["good.k12.co.us", "evil.k12.co.us"],
    ["good.vic.edu.au", "evil.vic.edu.au"],
    ["good.gouv.fr", "evil.gouv.fr"],
    ["good.org", "evil.org"],
    ["example.org", "badexample.org"],
    ["example.org", "example.org.evil.net"],
    ["good.github.io", "evil.github.io"],
    ["good.uk.com", "evil.uk.com"],
    ["1.dkr.ecr.eu-west-1.amazonaws.com", "evil.s3.amazonaws.com"],
    ["good.azurecr.io", "evil.azurecr.io"],
    ["registry", "auth"],
    ["registry.lan", "auth.lan2"],
    ["10.0.0.1", "10.0.0.2"],
    ["1.2.3.4", "9.2.3.4"],
    ["[fd00::1]", "[fd00::2]"],
    ["registry.example.org", "localhost"],
  ])("never on another owner's: from %s to %s", (host, realm) => {
    expect(trusts(host, realm)).toBe(false);
    expect(trusts(realm, host)).toBe(false);
  });

  it("of a pair that the host's profile knows", () => {
    expect(trusts("europe-docker.pkg.dev", "oauth2.googleapis.com", { realms: [".googleapis.com"] })).toBe(true);
    expect(trusts("europe-docker.pkg.dev", "evilgoogleapis.com", { realms: [".googleapis.com"] })).toBe(false);
  });

  it("that a setting allows, by host, host and port, or domain", () => {
    expect(trusts("r.example.org", "login.example.net", { allowedRealms: ["Login.example.net"] })).toBe(true);
    expect(trusts("r.example.org", "login.example.net:8443", { allowedRealms: ["login.example.net:8443"] })).toBe(true);
    expect(trusts("r.example.org", "login.example.net:8444", { allowedRealms: ["login.example.net:8443"] })).toBe(false);
    expect(trusts("r.example.org", "a.b.example.net", { allowedRealms: [".example.net"] })).toBe(true);
    expect(trusts("r.example.org", "evil-login.example.net", { allowedRealms: ["login.example.net"] })).toBe(false);
  });

  it("or the refusal names the server and the setting that allows it", () => {
    expect(() => refuseRealm(new URL("https://login.evil.example/t?secret=1"), registry)).toThrow(
      expect.objectContaining({
        kind: "auth",
        message:
          "registry.example.org asks for its credentials to be sent to the token server login.evil.example, which is not of the same domain: " +
          "if that is right, add 'login.evil.example' to allowedRealms",
        request: { host: "login.evil.example", method: "GET", path: "/t", attempts: 0 },
      }),
    );
  });
});

describe("a registrable domain", () => {
  it.each([
    ["a.b.example.org", "example.org"],
    ["example.org.", "example.org"],
    ["a.example.de", "example.de"],
    ["a.example.co.uk", "example.co.uk"],
    ["co.uk", undefined],
    ["org", undefined],
    ["a.example.xy", undefined],
    ["x.ts.net", undefined],
  ])("of %s is %s", (host, domain) => {
    expect(registrableDomain(host)).toBe(domain);
  });
});
