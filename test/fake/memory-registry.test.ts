import { registryContract } from "../contract/registry.ts";
import { createMemoryRegistry } from "./memory-registry.ts";

registryContract("the registry in memory", async () => ({ registry: createMemoryRegistry(), close: async () => undefined }));
