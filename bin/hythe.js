#!/usr/bin/env node
// The command, in plain JavaScript because the first file of a process is read before any cache is on: for one in TypeScript Node would
// load all that it strips types with, a fifth of the time that a short command takes. It says so where Node is too old for the rest.

import * as modules from "node:module";

if (process.features.typescript === "strip") {
  modules.enableCompileCache();
  await import("../src/main.ts");
} else {
  process.stderr.write(`hythe: this is Node ${process.versions.node}; \`npx hythe\` and \`npm start\` bring a newer one along\n`);
  process.exitCode = 2;
}
