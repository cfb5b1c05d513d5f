import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/peers/setup.ts",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    restoreMocks: true,
    // What is waited for is an event, however slow the machine is: times only end what will never come.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
