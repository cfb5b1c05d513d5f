// The oracle of promise P1: many clients with a ledger each, the real server killed with SIGKILL at random instants and started
// again, and at the end every number compared. No answered pull may be missing, none may be counted twice.

import { replayed } from "../api.ts";
import { pushImage } from "../push.ts";
import { startHythe, type Hythe, type HytheOptions } from "../peers/hythe.ts";
import { seededRandom } from "../seeded-random.ts";
import { OracleClient } from "./oracle-client.ts";
import { compare, type Difference } from "./oracle-compare.ts";
import type { Target } from "./oracle-ledger.ts";

export interface OracleOptions {
  readonly data: string;
  readonly database?: string | undefined;
  /** Answers to collect, and kills spread over them. */
  readonly pulls: number;
  readonly kills: number;
  readonly clients: number;
  /** Servers on the same data folder; each client stays with one. */
  readonly processes: number;
  readonly seed: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly print?: (line: string) => void;
}

export interface OracleReport {
  readonly answered: number;
  /** Sent, but broken off by a kill: these may be counted or not. */
  readonly brokenOff: number;
  readonly kills: number;
  readonly seconds: number;
  /** After the last kill and replay, and once more after a graceful stop and start. */
  readonly afterKill: Difference;
  readonly afterStop: Difference;
}

/** Folds often, so that kills meet every step of it. */
const busySettings = {
  HYTHE_PULLS_FOLDEVERY: "200ms",
  HYTHE_PULLS_FOLDLATEST: "1s",
  HYTHE_PULLS_SEGMENTKEEP: "2s",
  HYTHE_LOG_LEVEL: "error",
};
/** Every eighth client is quiet during kills: there, counted must equal answered. */
const calmEvery = 8;
const killDuringStart = 0.15;
const maxDelayMs = 20;

/** One server after another on the same data. */
class Slot {
  readonly #options: HytheOptions;
  #server: Promise<Hythe>;
  #closed = false;

  constructor(options: HytheOptions) {
    this.#options = options;
    this.#server = startHythe(options);
  }
  async port(): Promise<number> {
    return Number(new URL((await this.#server).url).port);
  }
  async url(): Promise<string> {
    return (await this.#server).url;
  }
  async kill(): Promise<void> {
    await (await this.#server).kill();
  }
  start(): void {
    if (!this.#closed) this.#server = startHythe(this.#options);
  }
  /** Leaves no process behind, whatever went wrong. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#server.then(
      (server) => server.kill(),
      () => undefined, // it never started
    );
  }
  /** A start that is killed before or just after it answers. */
  async startAndKill(delayMs: number): Promise<void> {
    const signal = AbortSignal.timeout(delayMs);
    await startHythe({ ...this.#options, signal }).then(
      (server) => server.kill(),
      () => undefined, // killed before it said its address, as intended
    );
  }
  async stop(): Promise<void> {
    await (await this.#server).stop();
  }
}

export async function runOracle(options: OracleOptions): Promise<OracleReport> {
  const settings = { ...busySettings, ...options.settings };
  const slots: Slot[] = [];
  try {
    for (let i = 0; i < options.processes; i++) {
      slots.push(new Slot({ data: options.data, database: options.database, settings }));
      await slots[i]!.url();
    }
    return await runOn(slots, options);
  } finally {
    await Promise.all(slots.map((slot) => slot.close()));
  }
}

async function runOn(slots: readonly Slot[], options: OracleOptions): Promise<OracleReport> {
  const { processes, print = () => undefined } = options;
  const random = seededRandom(options.seed);
  const progress = new Progress();
  let over = false;
  const clients = Array.from(
    { length: options.clients },
    (_, number) =>
      new OracleClient({
        number,
        random: seededRandom(options.seed + 1 + number),
        port: () => slots[number % processes]!.port(),
        over: () => over,
        // Of two processes it may be the other one that takes over the journal of the dead one.
        remembers: processes === 1,
        onAnswer: () => progress.add(),
      }),
  );
  await seedTargets(
    await slots[0]!.url(),
    clients.flatMap(({ targets }) => targets),
  );
  const started = performance.now();
  const working = Promise.all(clients.map((client) => client.run()));
  const killing = killAtRandom({ options, random, slots, clients, progress, print });
  // A wrong answer ends the run at once.
  const kills = await Promise.race([killing, working.then(() => 0)]);
  over = true;
  await working;
  const seconds = (performance.now() - started) / 1000;

  await Promise.all(slots.map((slot) => slot.kill()));
  const ledgers = clients.map(({ targets }) => targets);
  const last = slots[0]!;
  last.start();
  const afterKill = await compareReplayed(last, ledgers);
  await last.stop();
  last.start();
  const afterStop = await compareReplayed(last, ledgers);
  await last.stop();
  return { answered: progress.count, brokenOff: brokenOff(ledgers), kills: kills + processes, seconds, afterKill, afterStop };
}

/** Counts answers and wakes who waits for a number of them. */
class Progress {
  count = 0;
  #waitsFor = Number.POSITIVE_INFINITY;
  #wake = (): void => undefined;

  add(): void {
    if (++this.count >= this.#waitsFor) this.#wake();
  }
  reached(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    this.#waitsFor = count;
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

async function seedTargets(url: string, targets: readonly Target[]): Promise<void> {
  const queue = [...targets];
  const worker = async (): Promise<void> => {
    for (let target = queue.pop(); target !== undefined; target = queue.pop()) {
      await pushImage(url, target.repository, target.image, target.tag);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

interface Killing {
  readonly options: OracleOptions;
  readonly random: () => number;
  readonly slots: readonly Slot[];
  readonly clients: readonly OracleClient[];
  readonly progress: Progress;
  readonly print: (line: string) => void;
}

/** Kills until all answers are there; returns how many kills it were. */
async function killAtRandom({ options, random, slots, clients, progress, print }: Killing): Promise<number> {
  const pause = (maxMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, random() * maxMs));
  const instants = Array.from({ length: options.kills }, () => Math.floor(random() * options.pulls)).toSorted((a, b) => a - b);
  let kills = 0;
  for (const instant of instants) {
    await progress.reached(instant);
    const which = Math.floor(random() * slots.length);
    const slot = slots[which]!;
    const calm = clients.filter(
      (_, number) => number % slots.length === which && Math.floor(number / slots.length) % calmEvery === 0,
    );
    await Promise.all(calm.map((client) => client.pause()));
    await pause(maxDelayMs);
    await slot.kill();
    kills++;
    while (kills < options.kills && random() < killDuringStart) {
      await slot.startAndKill(Math.round(random() * 1000));
      kills++;
    }
    slot.start();
    for (const client of calm) client.resume();
    await slot.url();
    print(`${kills} kills, ${progress.count} answers`);
    if (kills >= options.kills) break;
  }
  await progress.reached(options.pulls);
  return kills;
}

async function compareReplayed(slot: Slot, ledgers: readonly (readonly Target[])[]): Promise<Difference> {
  const url = await slot.url();
  await replayed(url);
  return compare(url, ledgers);
}

function brokenOff(ledgers: readonly (readonly Target[])[]): number {
  const tallies = ledgers.flat().flatMap(({ gets, heads, childGets }) => [gets, heads, ...childGets]);
  return tallies.reduce((sum, { sent, answered }) => sum + sent - answered, 0);
}
