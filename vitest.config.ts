import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/peers/setup.ts",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    // What is waited for is an event, however slow the machine is: the time only ends what will never come.
    expect: { poll: { timeout: 30_000 } },
  },
});
