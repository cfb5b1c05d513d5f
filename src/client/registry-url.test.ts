import { expect, it } from "vitest";
import { parseRegistryUrl } from "./registry-url.ts";

it.each([
  ["registry.example.org", "https://registry.example.org/"],
  ["registry.example.org:5000", "https://registry.example.org:5000/"],
  ["10.0.0.1:5000", "https://10.0.0.1:5000/"],
  ["192.168.0.1", "https://192.168.0.1/"],
  ["http://registry.example.org", "http://registry.example.org/"],
  ["https://localhost:5000", "https://localhost:5000/"],
  ["localhost", "http://localhost/"],
  ["localhost:443", "http://localhost:443/"],
  ["localhost:5000", "http://localhost:5000/"],
  ["a.localhost:5000", "http://a.localhost:5000/"],
  ["127.0.0.1:5000", "http://127.0.0.1:5000/"],
  ["127.8.8.8", "http://127.8.8.8/"],
  ["[::1]:5000", "http://[::1]:5000/"],
])("%s is %s: https unless the URL says http or it is this machine (1.5)", (text, url) => {
  expect(parseRegistryUrl(text).href).toBe(url);
});

it("a bare host is plain http where a setting says so", () => {
  expect(parseRegistryUrl("registry.example:5000", true).href).toBe("http://registry.example:5000/");
  expect(parseRegistryUrl("https://registry.example:5000", true).href).toBe("https://registry.example:5000/");
});

it.each(["", "ftp://x", "http://", "registry.example/path", "https://x/?a=b", "not a host", "host:99999"])(
  "'%s' is refused in one sentence",
  (text) => {
    expect(() => parseRegistryUrl(text)).toThrow(
      expect.objectContaining({ code: "REQUEST_INVALID", message: expect.stringContaining("write https://") as string }),
    );
  },
);

it("a password in the URL is refused and not repeated", () => {
  expect(() => parseRegistryUrl("https://user:s3cr3t@x.example")).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("s3cr3t") as string }),
  );
  expect(() => parseRegistryUrl("https://user:s3cr3t@bad host")).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("s3cr3t") as string }),
  );
});
