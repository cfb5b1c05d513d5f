// The way between a client and us: TLS of our own, a real proxy in front, limits on how much anybody asks, and a log of who pulled.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { basic, bearer, openHouse, type Credentials, type House } from "../access-house.ts";
import type { Reply } from "../asker.ts";
import { authority, authorityKey, goodCertificate, key, selfSignedCertificate } from "../certificates.ts";
import { image, writeLayout } from "../image.ts";
import { startNginxProxy } from "../peers/nginx.ts";
import { findProgram, freePort, run } from "../peers/program.ts";
import { openRaw, type RawResponse } from "../raw-http.ts";

const app = image({ layers: ["a"], layerBytes: 3_000_000 });
const skopeo = findProgram("skopeo");
const skopeoCopy = ["--insecure-policy", "copy", "--preserve-digests"];
const nginx = findProgram("nginx");
let house: House;
const folder = mkdtempSync(join(tmpdir(), "hythe-network-"));
const files = { "tls.certificate": join(folder, "tls.crt"), "tls.key": join(folder, "tls.key") };
const opened: House[] = [];
async function start(settings: Parameters<typeof openHouse>[0] = {}): Promise<void> {
  house = await openHouse(settings);
  opened.push(house);
}
afterEach(() => Promise.all(opened.splice(0).map((each) => each[Symbol.asyncDispose]())));
beforeAll(() => {
  writeFileSync(files["tls.certificate"], goodCertificate);
  writeFileSync(files["tls.key"], key);
  mkdirSync(join(folder, "trust"));
  writeFileSync(join(folder, "trust", "ca.crt"), authority);
  writeLayout(join(folder, "in"), app, "v1");
});
afterAll(() => rmSync(folder, { recursive: true }));

const from = (address: string, more: Record<string, string> = {}): Record<string, string> => ({
  "x-forwarded-for": address,
  ...more,
});
const get = (path: string, headers: Record<string, string> = {}, of = house): Promise<Reply> =>
  of.asker.ask({ method: "GET", path, headers });

describe("with a certificate", () => {
  const open = (): TLSSocket => connect({ port: house.port, host: "127.0.0.1", ca: authority, servername: "localhost" });
  async function ask(target: string, ...headers: string[]): Promise<RawResponse> {
    const connection = await openRaw(house.port, open());
    connection.send([`${target} HTTP/1.1`, "Host: x", ...headers, "", ""].join("\r\n"));
    const answer = await connection.response();
    connection.socket.destroy();
    return answer;
  }

  test("both doors speak https, and send nobody back to http", async () => {
    await start(files);
    expect(house.url).toBe(`https://127.0.0.1:${house.port}`);
    const challenge = await ask("GET /v2/");
    expect(challenge.status).toBe(401);
    expect(challenge.headers["www-authenticate"]).toContain(`realm="${house.url}/v2/token"`);
    expect((await ask("GET /api/v1/users", `Authorization: ${basic(house.root)}`)).status).toBe(200);
    await expect(get("/v2/")).rejects.toThrow();
  });

  test("whose files cannot be used nothing starts, and the sentence names the file", async () => {
    await start();
    const wrong = join(folder, "wrong.key");
    writeFileSync(wrong, authorityKey);
    await expect(openHouse({ ...files, "tls.key": wrong })).rejects.toThrow(`${wrong} does not belong to the first certificate`);
  });

  test("that is renewed, a server that runs shows the new one and drops nobody", async () => {
    await start(files);
    const running = await openRaw(house.port, open());
    const path = files["tls.certificate"];
    writeFileSync(`${path}.new`, selfSignedCertificate);
    renameSync(`${path}.new`, path);
    try {
      const shown = async (): Promise<string> => {
        const socket = connect({ port: house.port, host: "127.0.0.1", rejectUnauthorized: false });
        await new Promise((resolve) => socket.once("secureConnect", resolve));
        const { issuer } = socket.getPeerCertificate();
        socket.destroy();
        return String(issuer.CN);
      };
      await expect.poll(shown, { interval: 500 }).toBe("localhost");
      running.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      expect((await running.response()).status).toBe(200);
      running.socket.destroy();
    } finally {
      writeFileSync(path, goodCertificate);
    }
  });

  test.skipIf(skopeo === undefined)("skopeo logs in, pushes and pulls", async () => {
    await start(files);
    const ci = await house.robot("ci", ["push team/*"]);
    const at = `docker://localhost:${house.port}/team/app:v1`;
    const trust = join(folder, "trust");
    const creds = `${ci.name}:${ci.secret}`;
    await run(skopeo!, [...skopeoCopy, "--dest-cert-dir", trust, "--dest-creds", creds, `oci:${join(folder, "in")}:v1`, at]);
    const shown = await run(skopeo!, ["inspect", "--cert-dir", trust, "--creds", creds, "--format", "{{.Digest}}", at]);
    expect(shown.trim()).toBe(app.digest);
    await expect(run(skopeo!, ["inspect", "--cert-dir", trust, "--no-creds", at])).rejects.toThrow();
  });
});

describe("behind proxies that are trusted", () => {
  const believed = { trustedProxies: ["127.0.0.1"] };

  test("the audit log knows the client, and nobody can pretend to be another", async () => {
    await start(believed);
    const ann = await house.user("ann");
    const authorization = basic({ ...ann, secret: "wrong" });
    await get("/v2/team/app/tags/list", from("6.6.6.6, 203.0.113.7", { authorization }));
    const audit = await get("/api/v1/audit?action=session.refuse", from("203.0.113.8", { authorization: basic(house.root) }));
    const { items } = JSON.parse(audit.body) as { items: { address: string }[] };
    expect(items.map(({ address }) => address)).toEqual(["203.0.113.7"]);
  });

  test("without trust what a client says of itself is nothing", async () => {
    await start();
    const ann = await house.user("ann");
    await get("/v2/team/app/tags/list", from("203.0.113.7", { authorization: basic({ ...ann, secret: "wrong" }) }));
    const audit = await get("/api/v1/audit?action=session.refuse", { authorization: basic(house.root) });
    const { items } = JSON.parse(audit.body) as { items: { address: string }[] };
    expect(items.map(({ address }) => address)).toEqual(["127.0.0.1"]);
  });

  test.skipIf(nginx === undefined || skopeo === undefined)(
    "nginx that does TLS for us: skopeo pushes and pulls through it by the external URL",
    async () => {
      const port = await freePort();
      await start({
        ...believed,
        externalUrl: new URL(`https://localhost:${port}`),
        "pulls.log": "file",
      });
      const certificate = { certificateFile: files["tls.certificate"], keyFile: files["tls.key"] };
      const proxy = await startNginxProxy({ ...certificate, port, target: house.url });
      try {
        const ci = await house.robot("ci", ["push team/*"]);
        const creds = `${ci.name}:${ci.secret}`;
        const at = `docker://localhost:${port}/team/app:v1`;
        const trust = join(folder, "trust");
        await run(skopeo!, [...skopeoCopy, "--dest-cert-dir", trust, "--dest-creds", creds, `oci:${join(folder, "in")}:v1`, at]);
        await run(skopeo!, [...skopeoCopy, "--src-cert-dir", trust, "--src-creds", creds, at, `oci:${join(folder, "out")}:v1`]);
        const lines = await pullLines(1);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatchObject({ repository: "team/app", tag: "v1", digest: app.digest, by: "tag", principal: "ci" });
        expect(lines[0]).toMatchObject({ address: "127.0.0.1", userAgent: expect.stringMatching(/skopeo/) });
      } finally {
        await proxy.stop();
      }
    },
  );
});

/** The pull log, once it has so many lines. */
async function pullLines(count: number): Promise<Record<string, unknown>[]> {
  const log = join(house.folder, "log");
  const read = (): string[] => readdirSync(log).flatMap((name) => readFileSync(join(log, name), "utf8").trim().split("\n"));
  const found = (): number => {
    try {
      return read().length;
    } catch {
      return 0; // nothing is written yet
    }
  };
  await expect.poll(found).toBeGreaterThanOrEqual(count);
  return read().map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the pull log", () => {
  test("has a line for every pull with who and from where, and no secret", async () => {
    await start({ trustedProxies: ["127.0.0.1"], "pulls.log": "file" });
    const ci = await house.robot("ci", ["pull team/*"]);
    await house.push("team/app", app, "v1");
    await house.grant({ kind: "everyone" }, "pull team/app");
    const token = await house.registryToken(ci, "repository:team/app:pull");
    const path = "/v2/team/app/manifests/";
    await get(`${path}v1`, from("203.0.113.1", { authorization: bearer(token), "user-agent": "docker/28" }));
    await get(`${path}${app.digest}`, from("203.0.113.2"));
    await get(`${path}v1`, from("203.0.113.3", { authorization: basic(ci) }));
    const lines = await pullLines(3);
    expect(lines).toMatchObject([
      { repository: "team/app", tag: "v1", by: "tag", principal: "ci", address: "203.0.113.1", userAgent: "docker/28" },
      { repository: "team/app", tag: null, by: "digest", principal: "anonymous", address: "203.0.113.2" },
      { repository: "team/app", tag: "v1", by: "tag", principal: "ci", address: "203.0.113.3" },
    ]);
    expect(lines.map(({ digest }) => digest)).toEqual([app.digest, app.digest, app.digest]);
    expect(JSON.stringify(lines)).not.toContain(ci.secret);
    expect(JSON.stringify(lines)).not.toContain(token);
  });
});

describe("with a limit of requests", () => {
  let limited: House;
  beforeAll(async () => {
    // The limit's clock stands still: a second that passes between two requests would allow one more.
    vi.useFakeTimers({ toFake: ["performance"] });
    limited = await openHouse({ trustedProxies: ["127.0.0.1"], "limits.requestsPerSecond": 1 });
  });
  afterAll(async () => {
    await limited[Symbol.asyncDispose]();
    vi.useRealTimers();
  });
  const ask = (path: string, headers: Record<string, string>): Promise<Reply> => get(path, headers, limited);
  let addresses = 0;
  const newAddress = (): string => `203.0.113.${++addresses}`;
  let users = 0;
  const newUser = (): Promise<Credentials> => limited.user(`user${++users}`, ["pull team/*"]);
  /** Asks until it is refused; undefined: it never was in fifty requests. */
  async function refusal(path: string, headers: Record<string, string>): Promise<Reply | undefined> {
    for (let i = 0; i < 50; i++) {
      const reply = await ask(path, headers);
      if (reply.status === 429) return reply;
    }
    return undefined;
  }

  const doors: [string, string, (user: Credentials) => Record<string, string>][] = [
    ["/v2 by nobody", "/v2/", () => ({})],
    ["/v2 by a user", "/v2/", (user) => ({ authorization: basic(user) })],
    ["/v2 by a forged token", "/v2/", () => ({ authorization: "Bearer a.b.c" })],
    ["the token service by nobody", "/v2/token?service=x", () => ({})],
    ["the token service by a user", "/v2/token?service=x", (user) => ({ authorization: basic(user) })],
    ["/api by nobody", "/api/v1/users", () => ({})],
    ["/api by a user", "/api/v1/repositories", (user) => ({ authorization: basic(user) })],
    ["/api by a forged token", "/api/v1/repositories", () => ({ authorization: "Bearer hythe_forged" })],
  ];
  test.each(doors)("%s: 429 with Retry-After; others go on, and so does health", async (_, path, headersOf) => {
    const headers = from(newAddress(), headersOf(await newUser()));
    const others = from(newAddress(), headersOf(await newUser()));
    const refused = await refusal(path, headers);
    expect(refused?.status).toBe(429);
    expect(Number(refused?.header("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await ask(path, others)).status).not.toBe(429);
    expect((await ask("/healthz", headers)).status).toBe(200);
  });

  test("one user is counted at all doors together, whatever the address", async () => {
    const authorization = basic(await newUser());
    const address = newAddress();
    expect(await refusal("/v2/", from(address, { authorization }))).toBeDefined();
    expect((await ask("/api/v1/repositories", from(newAddress(), { authorization }))).status).toBe(429);
    expect((await ask("/v2/token?service=x", from(newAddress(), { authorization }))).status).toBe(429);
    expect((await ask("/api/v1/repositories", from(address))).status).not.toBe(429);
  });
});

test("without a limit of requests nobody is refused", async () => {
  await start();
  for (let i = 0; i < 50; i++) expect((await get("/v2/")).status).toBe(401);
});
