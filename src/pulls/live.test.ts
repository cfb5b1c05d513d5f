import { liveCountersContract } from "../../test/contract/live-counters.ts";
import { createMemoryCounters } from "./live.ts";

liveCountersContract("live counters in memory", async () => createMemoryCounters());
