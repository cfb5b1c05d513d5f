import { expect, test } from "vitest";
import { createSecret, hashSecret, isSecret } from "./secret.ts";

test("a secret is recognized, and no other is like it", () => {
  const secrets = Array.from({ length: 100 }, createSecret);
  for (const { text, hash } of secrets) {
    expect(text).toMatch(/^hythe_[\w-]{49}$/);
    expect(isSecret(text)).toBe(true);
    expect(hash).toBe(hashSecret(text));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(new Set(secrets.map(({ hash }) => hash)).size).toBe(100);
});

test("a secret with a character more, less or changed is none", () => {
  const { text } = createSecret();
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === "A" ? "B" : "A";
    expect(isSecret(text.slice(0, at) + other + text.slice(at + 1)), `changed at ${at}`).toBe(false);
    expect(isSecret(text.slice(0, at) + text.slice(at + 1)), `without ${at}`).toBe(false);
  }
  for (const wrong of [`${text}A`, ` ${text}`, `${text}\n`, text.toUpperCase(), "", "hythe_"])
    expect(isSecret(wrong)).toBe(false);
});
