import { expect, test } from "vitest";
import { RegistryError } from "../oci/errors.ts";
import { parseHtpasswd } from "./htpasswd.ts";

const hashOf = (salt: string): string => `$2y$05$${salt.repeat(53).slice(0, 53)}`;
const anyName = (): void => undefined;
const mistakesOf = (text: string, checkName: (name: string) => void = anyName): string => {
  try {
    parseHtpasswd(text, checkName);
  } catch (error) {
    if (error instanceof RegistryError && error.code === "REQUEST_INVALID") return error.message;
    throw error;
  }
  throw new Error("it was taken");
};

test("every line with a name and a bcrypt hash is a user; comments and empty lines are not", () => {
  const text = `\uFEFF# our people\r\n\r\nann:${hashOf("a")}\r\nben: ${hashOf("b").replace("2y", "2a")} \n   \nc-3.po:${hashOf("c").replace("2y", "2b")}`;
  expect(parseHtpasswd(text, anyName)).toEqual([
    { name: "ann", hash: hashOf("a") },
    { name: "ben", hash: hashOf("b").replace("2y", "2a") },
    { name: "c-3.po", hash: hashOf("c").replace("2y", "2b") },
  ]);
});

test("each format that is no bcrypt is refused with its line and what it is", () => {
  const cases = [
    ["$apr1$xBWGJ8rn$X.x2T4QFmNtmlKXk9wsdK/", "an MD5 hash"],
    ["$1$xBWGJ8rn$X.x2T4QFmNtmlKXk9wsdK/", "an MD5 hash"],
    ["{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", "a SHA-1 hash"],
    ["{SSHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=", "an LDAP hash"],
    ["$5$salt$abc", "a SHA-256 crypt hash"],
    ["$6$salt$abc", "a SHA-512 crypt hash"],
    ["rqXexS6ZhobKA", "what looks like a DES crypt hash"],
    ["hunter2 and more", "no known hash, perhaps a password in plain text"],
    ["", "no known hash, perhaps a password in plain text"],
    [hashOf("a").replace("2y", "2x"), "a broken bcrypt hash"],
    [`${hashOf("a")}:a comment`, "a broken bcrypt hash"],
    ["$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaA", "an argon2 hash"],
  ] as const;
  for (const [hash, what] of cases) {
    expect(mistakesOf(`ann:${hashOf("a")}\nben:${hash}`)).toBe(
      `the htpasswd file cannot be taken: line 2 has ${what}, and only bcrypt ($2a$, $2b$, $2y$) is taken; make it anew with \`htpasswd -B\``,
    );
  }
  expect(mistakesOf(`ann:${hashOf("a").replace("$05$", "$18$")}`)).toContain(
    "line 1 has a bcrypt hash of cost 18, and from 4 to 14 are taken",
  );
});

test("all mistakes are told at once, each with its line, and more than ten are counted", () => {
  const text = `ann:${hashOf("a")}\nnothing\nann:${hashOf("b")}\n:${hashOf("c")}\nBen:${hashOf("d")}`;
  const lowerCase = (name: string): void => {
    if (name !== name.toLowerCase()) throw new RegistryError("REQUEST_INVALID", { message: "lower case only" });
  };
  expect(mistakesOf(text, lowerCase).split(": ").slice(1).join(": ")).toBe(
    "line 2 has no name; lines are NAME:HASH; line 3 has the same name as line 1; line 4 has no name; lines are NAME:HASH; " +
      "line 5 has a name that cannot be taken: lower case only",
  );
  expect(mistakesOf("x\n".repeat(13))).toMatch(/; and 3 more$/);
});

test("what stands in a line is never repeated: it may be a password", () => {
  for (const text of ["s3cr3t", "s3cr3t:", "ann:s3cr3t", ":s3cr3t", "ann:$2y$s3cr3t", "# x\nann:{SHA}s3cr3t"])
    expect(mistakesOf(text)).not.toContain("s3cr3t");
});

test("a file without any user is a mistake", () => {
  for (const text of ["", "\n", "# nobody\n"]) expect(mistakesOf(text)).toContain("there is no user in it");
});
