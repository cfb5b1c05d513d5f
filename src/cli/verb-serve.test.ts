import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { captureCli } from "../../test/cli.ts";
import { RegistryError } from "../oci/errors.ts";
import type { DemoFilling, LoadedSettings, LoadSettings, SettingFlag } from "./environment.ts";

const settingFlags: SettingFlag[] = [
  { flag: "listen", form: "host:port", sentence: "Where to answer." },
  { flag: "pulls-fold-every", form: "a time such as 10s", sentence: "How often." },
];
const values = [
  { key: "listen", value: "127.0.0.1:5000", origin: "default" },
  { key: "pulls.foldEvery", value: "1s", origin: "flag --pulls-fold-every" },
];

const atOnce = async (): Promise<void> => undefined;

function loading(settings: Partial<LoadedSettings>): { loadSettings: LoadSettings; asked: unknown[] } {
  const asked: unknown[] = [];
  const open = (): Promise<never> => Promise.reject(new Error("not to be opened"));
  return {
    asked,
    loadSettings: async (flags, file) => {
      asked.push({ flags, file });
      return { mistakes: [], values, open, openAdministration: open, ...settings };
    },
  };
}

describe("hythe serve", () => {
  test("says where it answers and what to do next, and closes when it is asked to stop", async () => {
    const order: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const open = async () => ({ url: "http://127.0.0.1:4321", close: async () => void order.push("closed") });
    const { code, stdout } = await captureCli(["serve"], {
      ...loading({ open }),
      untilStopped: () => promise,
      onWrite: async (text) => {
        order.push(text.split("\n", 1)[0]!);
        resolve();
      },
    });
    expect(code).toBe(0);
    expect(order).toEqual(["Hythe 1.2.3 answers on http://127.0.0.1:4321", "closed"]);
    expect(stdout).toContain("npx hythe copy alpine 127.0.0.1:4321/demo/alpine:1\n");
    expect(stdout).toContain("docker push 127.0.0.1:4321/demo/alpine:1\n");
    expect(stdout).toContain("npx hythe tags demo/alpine --server http://127.0.0.1:4321\n");
  });

  test("says what to type by the name under which clients come", async () => {
    const server = { url: "http://0.0.0.0:5000", externalUrl: "https://registry.example.org", close: async () => undefined };
    const { stdout } = await captureCli(["serve"], { ...loading({ open: async () => server }), untilStopped: atOnce });
    expect(stdout).toMatch(/^Hythe 1\.2\.3 answers on http:\/\/0\.0\.0\.0:5000\n/);
    expect(stdout).toContain("npx hythe login registry.example.org, or docker login registry.example.org\n");
    expect(stdout).toContain("npx hythe tags demo/alpine --server https://registry.example.org\n");
  });

  test("on the usual address the commands need no address", async () => {
    const open = async () => ({ url: "http://127.0.0.1:5000", close: async () => undefined });
    expect((await captureCli(["serve"], { ...loading({ open }), untilStopped: atOnce })).stdout).toContain(
      "npx hythe pulls demo/alpine:1\n",
    );
  });

  test("says that it is open to everybody here, and how to close it, as long as it is", async () => {
    const setupUrl = "http://127.0.0.1:4321/setup#secret";
    const server = { url: "http://127.0.0.1:4321", close: async () => undefined };
    const open = await captureCli(["serve"], {
      ...loading({ open: async () => ({ ...server, setupUrl }) }),
      untilStopped: atOnce,
    });
    expect(open.stdout).toContain("Everybody on this machine may do everything here, until the first user is made");
    expect(open.stdout).toContain("npx hythe user add NAME --admin --server http://127.0.0.1:4321\n");
    expect(open.stdout).toContain(`Or in a browser     ${setupUrl}\n`);
    const closed = await captureCli(["serve"], { ...loading({ open: async () => server }), untilStopped: atOnce });
    expect(closed.stdout).not.toContain("Everybody");
    expect(closed.stdout).toContain("npx hythe login 127.0.0.1:4321, or docker login 127.0.0.1:4321\n");
  });

  test("with plain HTTP to other machines says so, and which flag that takes", async () => {
    const greet = async (externalUrl: string): Promise<string> => {
      const open = async () => ({ url: "http://0.0.0.0:5000", externalUrl, close: async () => undefined });
      return (await captureCli(["serve"], { ...loading({ open }), untilStopped: atOnce })).stdout;
    };
    const clear = await greet("http://registry.example.org:5000");
    expect(clear).toContain("npx hythe login registry.example.org:5000 --insecure, or docker login registry.example.org:5000\n");
    expect(clear).toMatch(/\n\nThis is plain HTTP: [^\n]*\n[^\n]*docs\/access\.md says more\.\n$/);
    for (const fine of ["https://registry.example.org", "http://127.0.0.1:5000"]) {
      expect(await greet(fine)).not.toMatch(/plain HTTP|--insecure/);
    }
  });

  test("--json prints the address alone", async () => {
    const open = async () => ({ url: "http://127.0.0.1:5000", close: async () => undefined });
    expect((await captureCli(["serve", "--json"], { ...loading({ open }), untilStopped: atOnce })).stdout).toBe(
      '{"url":"http://127.0.0.1:5000"}\n',
    );
  });

  test("goes on when nobody reads its greeting", async () => {
    let closed = false;
    const open = async () => ({ url: "http://127.0.0.1:5000", close: async () => void (closed = true) });
    const onWrite = (): Promise<void> => Promise.reject(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    let closedBeforeStop: boolean | undefined;
    const untilStopped = async (): Promise<void> => {
      await new Promise(setImmediate);
      closedBeforeStop = closed;
    };
    expect((await captureCli(["serve"], { ...loading({ open }), onWrite, untilStopped })).code).toBe(0);
    expect([closedBeforeStop, closed]).toEqual([false, true]);
  });

  test("takes every setting as a flag, and passes on those that were given", async () => {
    const { loadSettings, asked } = loading({ mistakes: ["listen (flag --listen): 'x' does not fit"] });
    const options = { loadSettings, settingFlags, env: { HYTHE_CONFIG: "from-environment.yaml" } };
    await captureCli(["serve", "--listen", "x", "--pulls-fold-every", "1s"], options);
    await captureCli(["serve", "--config", "next.yaml"], options);
    expect(asked).toEqual([
      { flags: { listen: "x", "pulls-fold-every": "1s" }, file: "from-environment.yaml" },
      { flags: {}, file: "next.yaml" },
    ]);
  });

  test("with mistakes in the settings nothing is started: all of them, exit code 2", async () => {
    expect(await captureCli(["serve"], loading({ mistakes: ["one is wrong", "two is wrong"] }))).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "hythe: one is wrong\nhythe: two is wrong\n",
    });
  });

  test("a refusal to be open to a network is a matter of configuration, a port that is taken is not", async () => {
    const failing = (code: "DENIED" | "UNAVAILABLE") =>
      loading({ open: () => Promise.reject(new RegistryError(code, { message: "no: do that" })) });
    expect(await captureCli(["serve"], failing("DENIED"))).toMatchObject({ code: 2, stderr: "hythe: no: do that\n" });
    expect(await captureCli(["serve"], failing("UNAVAILABLE"))).toMatchObject({ code: 9, stderr: "hythe: no: do that\n" });
  });

  test("a data folder that cannot be written to is no bug", async () => {
    const data = join(import.meta.dirname, "verb-serve.test.ts", "data");
    const open = async (): Promise<never> => {
      mkdirSync(data);
      throw new Error("the folder could be made");
    };
    expect(await captureCli(["serve"], loading({ open }))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hythe: cannot start: ENOTDIR: .*; check the folder that `data` names\n$/),
    });
  });

  test("--demo fills it first, shows how far it is on a terminal, and greets with what to look at", async () => {
    const open = async (demo?: DemoFilling) => {
      for (const done of [0, 0.004, 0.5, 1]) demo!.report(done);
      return { url: "http://127.0.0.1:4321", close: async () => undefined };
    };
    const { code, stdout, stderr } = await captureCli(["serve", "--demo"], {
      ...loading({ open }),
      columns: 80,
      untilStopped: () => new Promise((resolve) => setImmediate(resolve)),
    });
    expect(code).toBe(0);
    const line = (text: string, before = text): string => `\r${text.padEnd(before.length)}\r${text}`;
    const [none, half, all] = ["0", "50", "100"].map((done) => `filling the demo: ${done} %`);
    expect(stderr.split("\nstopping")[0]).toBe(line(none!) + line(half!) + line(all!) + line("", all));
    expect(stdout).toContain("npx hythe repos --sort -pulls --server http://127.0.0.1:4321\n");
    expect(stdout).toContain("docker://127.0.0.1:4321/base/node:latest\n");
  });

  test("--demo says in a file when it begins and after each quarter, and without --demo nothing is filled", async () => {
    const given: unknown[] = [];
    const open = async (demo?: DemoFilling) => {
      given.push(demo);
      for (const done of [0, 0.1, 0.26, 0.3, 0.5, 0.74, 0.8, 1]) demo?.report(done);
      return { url: "http://127.0.0.1:5000", close: async () => undefined };
    };
    const options = { ...loading({ open }), untilStopped: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    expect(await captureCli(["serve", "--demo", "--json"], options)).toMatchObject({
      stdout: '{"url":"http://127.0.0.1:5000"}\n',
      stderr: [0, 25, 50, 75, 100].map((done) => `filling the demo: ${done} %\n`).join(""),
    });
    expect(await captureCli(["serve"], options)).toMatchObject({ code: 0, stderr: "" });
    expect(given).toEqual([{ report: expect.any(Function), signal: expect.any(AbortSignal) }, undefined]);
  });

  test("stopped while --demo fills, it ends without an error", async () => {
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
    const open = async (demo?: DemoFilling): Promise<never> => {
      const broken = new Promise<never>((_resolve, reject) => {
        demo!.signal.addEventListener("abort", () => reject(demo!.signal.reason as Error));
      });
      stop();
      return broken;
    };
    expect(await captureCli(["serve", "--demo"], { ...loading({ open }), untilStopped: () => stopped })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("a bad flag stays bad when it looks like a good one", async () => {
    expect(await captureCli(["serve", "--pulls-fold-evry", "1s"], { ...loading({}), settingFlags })).toMatchObject({
      code: 2,
      stderr: "hythe: unknown option '--pulls-fold-evry' (Did you mean --pulls-fold-every?); --help explains the command\n",
    });
  });
});

describe("hythe config", () => {
  test("check is short when everything is right", async () => {
    expect(await captureCli(["config", "check"], loading({}))).toMatchObject({ code: 0, stdout: "the settings are right\n" });
  });

  test("check names all mistakes, in JSON too, and ends with 2", async () => {
    const wrong = loading({ mistakes: ["one", "two"] });
    expect(await captureCli(["config", "check"], wrong)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "hythe: one\nhythe: two\n",
    });
    const json = await captureCli(["config", "check", "--json"], wrong);
    expect(JSON.parse(json.stdout)).toEqual({ mistakes: ["one", "two"] });
    expect(json.code).toBe(2);
  });

  test("show prints each setting and where it comes from", async () => {
    const { stdout } = await captureCli(["config", "show"], loading({}));
    expect(stdout).toBe(
      [
        "SETTING          VALUE           FROM",
        "listen           127.0.0.1:5000  default",
        "pulls.foldEvery  1s              flag --pulls-fold-every",
        "",
      ].join("\n"),
    );
    expect(JSON.parse((await captureCli(["config", "show", "--json"], loading({}))).stdout)).toEqual({ settings: values });
  });

  test("show takes flags as serve does", async () => {
    const { loadSettings, asked } = loading({});
    await captureCli(["config", "show", "--pulls-fold-every", "1s"], { loadSettings, settingFlags });
    expect(asked).toEqual([{ flags: { "pulls-fold-every": "1s" }, file: undefined }]);
  });
});
