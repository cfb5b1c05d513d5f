import { clientCacheContract } from "../../test/contract/client-cache.ts";
import { createMemoryCache } from "./cache-memory.ts";

clientCacheContract("cache in memory", async (options) => createMemoryCache(options));
