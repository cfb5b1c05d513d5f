import { expect, test } from "vitest";
import { hideSecrets, layersOfSteps, looksSecret, parseImageDetails } from "./image-details.ts";
import { cpuMsOf } from "../../test/cpu-time.ts";

const parse = (config: unknown): ReturnType<typeof parseImageDetails> => parseImageDetails(JSON.stringify(config));

test("an image config is read as it is written", () => {
  expect(
    parse({
      os: "linux",
      architecture: "arm64",
      author: "ann",
      created: "2026-11-01T00:00:00Z",
      config: {
        User: "1000",
        WorkingDir: "/app",
        StopSignal: "SIGINT",
        Entrypoint: ["/bin/app", "--serve"],
        Cmd: ["web"],
        Env: ["PATH=/bin", "EMPTY=", "FLAG", "A=b=c"],
        ExposedPorts: { "80/tcp": {} },
        Volumes: { "/data": {} },
        Labels: { "org.example": "<script>alert(1)</script>" },
      },
      history: [
        { created: "2026-10-31T00:00:00Z", created_by: "ADD rootfs", comment: "buildkit" },
        { created_by: "ENV A=b", empty_layer: true },
      ],
    }),
  ).toEqual({
    os: "linux",
    architecture: "arm64",
    author: "ann",
    user: "1000",
    workingDir: "/app",
    stopSignal: "SIGINT",
    entrypoint: ["/bin/app", "--serve"],
    cmd: ["web"],
    env: [
      { name: "PATH", value: "/bin" },
      { name: "EMPTY", value: "" },
      { name: "FLAG", value: "" },
      { name: "A", value: "b=c" },
    ],
    ports: ["80/tcp"],
    volumes: ["/data"],
    labels: { "org.example": "<script>alert(1)</script>" },
    createdMs: Date.UTC(2026, 10, 1),
    steps: [
      { createdBy: "ADD rootfs", createdMs: Date.UTC(2026, 9, 31), comment: "buildkit", isEmpty: false },
      { createdBy: "ENV A=b", createdMs: undefined, comment: "", isEmpty: true },
    ],
  });
});

test.each([
  ["nothing", {}],
  ["numbers for texts", { os: 1, created: 2, config: { User: 3, Env: [4], Labels: { a: 5 } }, history: 6 }],
  ["null for everything", { os: null, config: { Env: null, Cmd: null, Labels: null, ExposedPorts: null }, history: null }],
  ["lists for objects", { config: [], history: {} }],
])("a config with %s is read as far as it goes", (_, config) => {
  expect(parse(config)).toMatchObject({ os: undefined, user: undefined, env: [], cmd: [], labels: {}, ports: [], steps: [] });
});

test("what is no JSON object is no config", () => {
  for (const text of ["", "{", "[]", '"text"', "null", "7"]) expect(parseImageDetails(text)).toBeUndefined();
});

test("what would take long to read is no config: too deep, too many values, or one key twice", () => {
  const nested = (levels: number): string => `{"os":"linux","x":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  expect(parseImageDetails(nested(20))?.os).toBe("linux");
  expect(parseImageDetails(nested(40))).toBeUndefined();
  expect(parseImageDetails(`{"os":"linux","x":[${"[1],".repeat(60_000)}1]}`)).toBeUndefined();
  expect(
    parseImageDetails(`{"config":{"Labels":{${Array.from({ length: 20_000 }, (_, i) => `"${i}":""`).join(",")}}}}`),
  ).toBeUndefined();
  expect(parseImageDetails('{"os":"linux","os":"windows"}')).toBeUndefined();
});

test("a command that is one text is a command of one word", () => {
  expect(parse({ config: { Cmd: "echo hi" } })?.cmd).toEqual(["echo hi"]);
});

test("names of prototypes are labels like others", () => {
  const details = parseImageDetails('{"config":{"Labels":{"__proto__":"a","constructor":"b"}}}');
  expect(Object.entries(details!.labels)).toContainEqual(["constructor", "b"]);
  expect({}).not.toHaveProperty("a");
});

test("lists end after a thousand entries, and instructions after twenty thousand characters", () => {
  const many = parse({ config: { Env: Array.from({ length: 5000 }, (_, i) => `V${i}=1`) } });
  expect(many?.env).toHaveLength(1000);
  const long = parse({ history: [{ created_by: "x".repeat(100_000) }] });
  expect(long?.steps[0]?.createdBy).toHaveLength(20_000);
  const steps = parse({ history: Array.from({ length: 1200 }, () => ({ created_by: "RUN" })) });
  expect(steps?.steps).toHaveLength(1000);
});

test("each step that made something made the next layer, unless their numbers differ", () => {
  const step = (isEmpty: boolean) => ({ createdBy: "", createdMs: undefined, comment: "", isEmpty });
  const steps = [step(false), step(true), step(false)];
  expect(layersOfSteps(steps, 2)).toEqual([0, undefined, 1]);
  expect(layersOfSteps(steps, 3)).toEqual([undefined, undefined, undefined]);
});

test.each(["PASSWORD", "DB_PASS", "mysql_root_password", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "API_KEY", "apiKey", "AUTH"])(
  "%s looks like the name of a secret",
  (name) => {
    expect(looksSecret(name)).toBe(true);
  },
);

test.each(["PATH", "GPG_KEY", "TOKENIZERS_PARALLELISM", "PASSENGER_VERSION", "AUTHOR", "KEYBOARD", "JAVA_HOME", "COMPASS"])(
  "%s does not",
  (name) => {
    expect(looksSecret(name)).toBe(false);
  },
);

test("instructions keep all but the values of such names", () => {
  expect(hideSecrets(`|2 API_TOKEN=abc.def MODE="a b" /bin/sh -c make`)).toBe(`|2 API_TOKEN=(hidden) MODE="a b" /bin/sh -c make`);
  expect(hideSecrets(`ENV DB_PASSWORD="two words" A=1`)).toBe("ENV DB_PASSWORD=(hidden) A=1");
  expect(hideSecrets("ENV PASSWORD='it is' B=2")).toBe("ENV PASSWORD=(hidden) B=2");
});

test("an instruction of one long word is read once", () => {
  const spent = cpuMsOf(() => {
    hideSecrets("A".repeat(20_000));
    hideSecrets('PASSWORD="'.repeat(2000));
  });
  expect(spent).toBeLessThan(500);
});
