// A provider that lies, or somebody between it and us: everything that it signs or says wrongly must keep everybody out.

import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOidc, type Oidc } from "./oidc.ts";
import type { Identity } from "./oidc-claims.ts";
import type { Member } from "./directory.ts";
import { noRights } from "./rights.ts";

const clientId = "hythe";
const clientSecret = "a secret that both know";
const signing = generateKeyPairSync("ec", { namedCurve: "P-256" });
const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" });

type Part = Readonly<Record<string, unknown>>;
const encode = (part: Part): string => Buffer.from(JSON.stringify(part)).toString("base64url");
function signed(head: Part, claims: Part, key: KeyObject = signing.privateKey): string {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

interface Answers {
  metadata: (right: Part) => unknown;
  idToken: (claims: Part) => string | undefined;
  userinfo: Part;
}
let answers: Answers;
let url: string;
let oidc: Oidc;
let identities: Identity[];
let open: (() => void)[];

beforeEach(async () => {
  identities = [];
  answers = {
    metadata: (right) => right,
    idToken: (claims) => signed({ alg: "ES256", kid: "one" }, claims),
    userinfo: { sub: "ann", groups: ["dev"] },
  };
  const server = createServer((req, res) => {
    const answer = (value: unknown): void => {
      res.setHeader("content-type", "application/json");
      res.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    switch (req.url) {
      case "/.well-known/openid-configuration":
        return answer(
          answers.metadata({
            issuer: url,
            authorization_endpoint: `${url}/auth`,
            token_endpoint: `${url}/token`,
            jwks_uri: `${url}/keys`,
            userinfo_endpoint: `${url}/me`,
            id_token_signing_alg_values_supported: ["ES256", "HS256", "none"],
          }),
        );
      case "/keys":
        return answer({ keys: [{ ...signing.publicKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "ES256" }] });
      case "/me":
        return answer(answers.userinfo);
      default: {
        const seconds = Math.floor(Date.now() / 1000);
        const claims = { iss: url, sub: "ann", aud: clientId, iat: seconds, exp: seconds + 60, nonce, preferred_username: "ann" };
        return answer({ access_token: "s3cr3t-access", token_type: "bearer", id_token: answers.idToken(claims) });
      }
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  open = [() => server.closeAllConnections(), () => server.close()];
  const member: Member = {
    principal: { id: 1, name: "ann", kind: "user", rights: noRights },
    generation: 0,
    groups: [],
    passwordHash: "",
    mustChange: false,
    barred: undefined,
  };
  oidc = createOidc({
    settings: {
      issuer: new URL(url),
      clientId,
      clientSecret,
      scopes: "openid",
      nameClaim: "preferred_username",
      groupsClaim: "groups",
    },
    externalUrl: () => "http://127.0.0.1:5000",
    secret: Buffer.alloc(32, 1),
    // What the provider says is all that is asked about here; what becomes of it, oidc.test.ts asks.
    members: {
      signInExternal: async (identity) => {
        identities.push(identity);
        return 1;
      },
    },
    directory: { refresh: () => undefined, member: () => member },
    now: Date.now,
  });
});
afterEach(() => open.forEach((close) => close()));

/** Of the sign-in that was begun last. */
let nonce = "";
async function signIn(): Promise<unknown> {
  const { location, cookie } = await oidc.start("/");
  const query = new URL(location).searchParams;
  nonce = query.get("nonce")!;
  return oidc.finish(`?code=x&state=${query.get("state")}`, cookie.split(";", 1)[0], { address: "192.0.2.1", userAgent: "test" });
}
async function refusal(): Promise<unknown> {
  const error = await signIn().then(
    () => "it was believed",
    (thrown: unknown) => thrown,
  );
  expect(identities).toEqual([]);
  expect(JSON.stringify(error) + String((error as Error).stack) + JSON.stringify((error as Error).cause ?? "")).not.toContain(
    "s3cr3t",
  );
  return error;
}
const violated = {
  code: "PROTOCOL_VIOLATED",
  status: 502,
  message: expect.stringMatching(/^the sign-in provider 127\.0\.0\.1:\d+ cannot/),
};

test("what the provider signed for us now is believed, with what its userinfo adds for the same subject", async () => {
  await signIn();
  expect(identities).toEqual([{ external: `${url} ann`, name: "ann", groups: ["dev"] }]);
});

test("userinfo adds, it never changes who it is", async () => {
  answers.userinfo = { sub: "ann", iss: "https://evil.example", preferred_username: "root", groups: [] };
  await signIn();
  expect(identities[0]).toMatchObject({ external: `${url} ann`, name: "ann" });
});

test("an ID token that is not signed with a key of the provider is refused", async () => {
  const es256 = { alg: "ES256", kid: "one" };
  const forgeries: Record<string, Answers["idToken"]> = {
    "key of somebody else": (claims) => signed(es256, claims, foreign.privateKey),
    "unknown key": (claims) => signed({ alg: "ES256", kid: "two" }, claims, foreign.privateKey),
    "key in the head": (claims) =>
      signed({ ...es256, kid: "two", jwk: foreign.publicKey.export({ format: "jwk" }) }, claims, foreign.privateKey),
    "no signature": (claims) => `${encode({ alg: "none" })}.${encode(claims)}.`,
    "empty signature": (claims) => `${encode(es256)}.${encode(claims)}.`,
    "signature of the client secret": (claims) => {
      const text = `${encode({ alg: "HS256" })}.${encode(claims)}`;
      return `${text}.${createHmac("sha256", clientSecret).update(text).digest("base64url")}`;
    },
    "signature of the public key as a secret": (claims) => {
      const text = `${encode({ alg: "HS256", kid: "one" })}.${encode(claims)}`;
      const pem = signing.publicKey.export({ type: "spki", format: "pem" });
      return `${text}.${createHmac("sha256", pem).update(text).digest("base64url")}`;
    },
    "changed claims": (claims) => signed(es256, claims).replace(encode(claims), encode({ ...claims, sub: "root" })),
    "no token": () => undefined,
    "not a token": () => "s3cr3t",
  };
  for (const [name, idToken] of Object.entries(forgeries)) {
    answers.idToken = idToken;
    expect(await refusal(), name).toMatchObject(violated);
  }
});

test("an ID token for somebody else, from somebody else, from another time or for another sign-in is refused", async () => {
  const past = Math.floor(Date.now() / 1000) - 3600;
  const changes: readonly Part[] = [
    { aud: "another" },
    { aud: [] },
    { aud: [clientId, "another"], azp: "another" },
    { iss: "https://evil.example" },
    { iss: undefined },
    { iss: `http://127.0.0.1.evil.example` },
    { exp: past },
    { exp: undefined },
    { iat: undefined },
    { nbf: past + 7200 },
    { nonce: "another" },
    { nonce: undefined },
    { sub: undefined },
    { sub: "" },
    { sub: "", groups: [] },
    { sub: "x".repeat(256), groups: [] },
  ];
  for (const change of changes) {
    answers.idToken = (claims) => signed({ alg: "ES256", kid: "one" }, { ...claims, ...change });
    expect(await refusal(), JSON.stringify(change)).toMatchObject(violated);
  }
});

test("userinfo of another subject is refused", async () => {
  for (const userinfo of [{ sub: "root", groups: ["admins"] }, { groups: ["admins"] }]) {
    answers.userinfo = userinfo;
    expect(await refusal()).toMatchObject(violated);
  }
});

test("a provider that says it is another one, has no addresses, or never stops talking is refused before anybody is sent there", async () => {
  const wrong: readonly Answers["metadata"][] = [
    (right) => ({ ...right, issuer: "https://evil.example" }),
    (right) => ({ ...right, authorization_endpoint: undefined }),
    () => "not JSON",
    () => [],
    (right) => ({ ...right, more: "x".repeat(2 * 1024 * 1024) }),
  ];
  for (const [index, metadata] of wrong.entries()) {
    answers.metadata = metadata;
    expect(await freshStart(), String(index)).toMatchObject(violated);
  }
});

/** As after a restart: what the provider said of itself is asked for again. */
async function freshStart(): Promise<unknown> {
  const again = createOidc({
    settings: { issuer: new URL(url), clientId, clientSecret, scopes: "openid", nameClaim: "sub", groupsClaim: "groups" },
    externalUrl: () => "http://127.0.0.1:5000",
    secret: Buffer.alloc(32, 1),
    members: { signInExternal: async () => 1 },
    directory: { refresh: () => undefined, member: () => undefined },
    now: Date.now,
  });
  return again.start("/").catch((thrown: unknown) => thrown);
}
