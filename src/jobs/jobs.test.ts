import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databases, type TestDatabase } from "../../test/peers/databases.ts";
import type { JobHandler, JobKind, JobOutcome } from "./job.ts";
import { createJobs, type Jobs, type JobsOptions } from "./jobs.ts";
import { backoffMs } from "./runner.ts";

const never = (): Promise<void> => new Promise(() => undefined);
const minute = 60_000;

describe.each(databases)("jobs on $name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    let opened: TestDatabase;
    let clock: number;
    let started: Jobs[];

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());
    beforeEach(() => {
      clock = 1_000_000;
      started = [];
    });
    afterEach(async () => {
      await Promise.all(started.map((jobs) => jobs.stop(0)));
      await opened.db.transaction(async (tx) => void (await tx.deleteFrom("job").execute()));
    });

    function create(handlers: Record<string, JobKind>, options: Partial<JobsOptions> = {}) {
      const events = new EventEmitter();
      const outcomes: JobOutcome[] = [];
      const report = (outcome: JobOutcome): void => {
        if (outcome.kind.startsWith("jobs/")) return;
        outcomes.push(outcome);
        events.emit("outcome");
      };
      const jobs = createJobs({ db: opened.db, handlers, now: () => clock, random: () => 0.5, pollMs: 10, report, ...options });
      started.push(jobs);
      const reported = async (count: number): Promise<string[]> => {
        while (outcomes.length < count) await once(events, "outcome");
        return outcomes.map(({ key, outcome }) => `${key} ${outcome}`);
      };
      return { jobs, outcomes, reported };
    }
    const rows = () => opened.db.query.selectFrom("job").selectAll().where("kind", "not like", "jobs/%").orderBy("id").execute();

    test("a job runs once, with its payload, and is kept as done", async () => {
      const seen: unknown[] = [];
      const { jobs, reported } = create({ greet: { run: async (job) => void seen.push(job) } });
      await jobs.enqueue({ kind: "greet", key: "a", payload: { name: "Ada" } });
      jobs.start();
      expect(await reported(1)).toEqual(["a done"]);
      expect(seen).toEqual([{ kind: "greet", key: "a", payload: { name: "Ada" }, attempt: 1 }]);
      expect(await rows()).toMatchObject([{ state: "done", attempts: 1, finished_ms: clock, lease_token: "" }]);
    });

    test("a job enqueued in a transaction exists exactly if that commits", async () => {
      const { jobs } = create({ a: { run: never } });
      const failing = opened.db.transaction(async (tx) => {
        await jobs.enqueue({ kind: "a", key: "lost" }, tx);
        throw new Error("stop");
      });
      await expect(failing).rejects.toThrow("stop");
      await opened.db.transaction((tx) => jobs.enqueue({ kind: "a", key: "kept" }, tx));
      expect((await rows()).map(({ key }) => key)).toEqual(["kept"]);
    });

    test("two enqueues of a key that waits are one job with the newer payload and the earlier time", async () => {
      const { jobs } = create({ a: { run: never } });
      await jobs.enqueue({ kind: "a", key: "k", payload: 1, runAfterMs: clock + 50 });
      await jobs.enqueue({ kind: "a", key: "k", payload: 2, runAfterMs: clock + 900 });
      expect(await rows()).toMatchObject([{ payload: "2", run_after_ms: clock + 50 }]);
      await jobs.enqueue({ kind: "a", key: "k", payload: 3, runAfterMs: clock + 10 });
      expect(await rows()).toMatchObject([{ payload: "3", run_after_ms: clock + 10 }]);
    });

    test("a key enqueued while its job runs makes it run once more, never at the same time", async () => {
      const payloads: unknown[] = [];
      let running = 0;
      let most = 0;
      const { jobs, reported } = create({
        a: {
          async run(job) {
            most = Math.max(most, ++running);
            payloads.push(job.payload);
            if (job.payload === 1) {
              await jobs.enqueue({ kind: "a", key: "k", payload: 2 });
              await jobs.enqueue({ kind: "a", key: "k", payload: 3 });
            }
            running--;
          },
        },
      });
      await jobs.enqueue({ kind: "a", key: "k", payload: 1 });
      jobs.start();
      await reported(2);
      expect({ payloads, most }).toEqual({ payloads: [1, 3], most: 1 });
      expect(await rows()).toMatchObject([{ state: "done" }]);
    });

    test("a job waits for its time", async () => {
      const { jobs, reported, outcomes } = create({ a: { run: async () => undefined } });
      await jobs.enqueue({ kind: "a", key: "later", runAfterMs: clock + 5 });
      await jobs.enqueue({ kind: "a", key: "now" });
      jobs.start();
      await reported(1);
      expect(outcomes.map(({ key }) => key)).toEqual(["now"]);
      clock += 5;
      expect(await reported(2)).toEqual(["now done", "later done"]);
    });

    test("a failing job is tried again after growing pauses, and is a dead letter after its last attempt", async () => {
      const fail: JobHandler = async () => {
        throw new Error("no luck");
      };
      const { jobs, reported } = create({ a: { run: fail, maxAttempts: 3 } });
      await jobs.enqueue({ kind: "a", key: "k" });
      jobs.start();
      await reported(1);
      expect(await rows()).toMatchObject([{ state: "queued", attempts: 1, run_after_ms: clock + 750, error: "Error: no luck" }]);
      clock += 750;
      await reported(2);
      expect(await rows()).toMatchObject([{ state: "queued", attempts: 2, run_after_ms: clock + 1500 }]);
      clock += 1500;
      expect(await reported(3)).toEqual(["k retry", "k retry", "k dead"]);
      expect(await rows()).toMatchObject([{ state: "dead", attempts: 3, error: "Error: no luck" }]);
      await jobs.enqueue({ kind: "a", key: "k" });
      expect(await rows()).toHaveLength(2);
    });

    test("no more jobs run at a time than allowed", async () => {
      let running = 0;
      let most = 0;
      const run: JobHandler = async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      };
      const { jobs, reported } = create({ a: { run } }, { concurrency: 3 });
      for (let i = 0; i < 12; i++) await jobs.enqueue({ kind: "a", key: String(i) });
      jobs.start();
      await reported(12);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(3);
    });

    test("two runners share the work: every job runs exactly once", async () => {
      const runs: string[] = [];
      const handlers = { a: { run: async (job: { key: string }) => void runs.push(job.key) } };
      const one = create(handlers);
      const two = create(handlers);
      for (let i = 0; i < 60; i++) await one.jobs.enqueue({ kind: "a", key: String(i).padStart(2, "0") });
      one.jobs.start();
      two.jobs.start();
      while (one.outcomes.length + two.outcomes.length < 60) await new Promise((resolve) => setImmediate(resolve));
      expect(runs.toSorted()).toEqual(Array.from({ length: 60 }, (_, i) => String(i).padStart(2, "0")));
      expect(new Set([...one.outcomes, ...two.outcomes].map(({ outcome }) => outcome))).toEqual(new Set(["done"]));
    });

    test("a run whose lease ran out changes nothing any more; another runner has the job", async () => {
      const release = Promise.withResolvers<void>();
      const claimed = Promise.withResolvers<void>();
      const slow = create(
        {
          a: {
            run: () => {
              claimed.resolve();
              return release.promise;
            },
          },
        },
        { concurrency: 1 },
      );
      await slow.jobs.enqueue({ kind: "a", key: "k" });
      slow.jobs.start();
      await claimed.promise;
      clock += minute;
      const again = Promise.withResolvers<void>();
      const other = create({
        a: {
          async run(job) {
            expect(job.attempt).toBe(2);
            again.resolve();
            await never();
          },
        },
      });
      other.jobs.start();
      await again.promise;
      const [before] = await rows();
      release.resolve();
      expect(await slow.reported(1)).toEqual(["k lost"]);
      expect(await rows()).toEqual([before]);
    });

    test("a runner that takes back a job whose lease ran out under its own hands tells the old run", async () => {
      const signals: AbortSignal[] = [];
      const { jobs, reported } = create(
        {
          a: {
            run: (_job, signal) => {
              signals.push(signal);
              return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
            },
          },
        },
        { leaseMs: 200 },
      );
      await jobs.enqueue({ kind: "a", key: "k" });
      jobs.start();
      while (signals.length < 1) await new Promise((resolve) => setImmediate(resolve));
      // The heartbeat may renew the lease before the next poll sees that it was over.
      while (signals.length < 2) {
        await opened.db.transaction(
          async (tx) => void (await tx.updateTable("job").set({ lease_until_ms: 1 }).where("attempts", "=", 1).execute()),
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await reported(1)).toEqual(["k lost"]);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
      expect(await rows()).toMatchObject([{ state: "running", attempts: 2 }]);
    });

    test("a heartbeat keeps the lease of a long run, and tells a run that lost it", async () => {
      const signals: AbortSignal[] = [];
      const long = create(
        {
          a: {
            run: (_job, signal) => {
              signals.push(signal);
              return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
            },
          },
        },
        { leaseMs: 40 },
      );
      await long.jobs.enqueue({ kind: "a", key: "k" });
      long.jobs.start();
      const leasedUntil = async (): Promise<number> => (await rows())[0]!.lease_until_ms;
      while ((await leasedUntil()) === 0) await new Promise((resolve) => setImmediate(resolve));
      clock += 30;
      while ((await leasedUntil()) < clock + 40) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
      await opened.db.transaction(
        async (tx) => void (await tx.updateTable("job").set({ lease_token: "someone else's" }).execute()),
      );
      expect(await long.reported(1)).toEqual(["k lost"]);
      expect(signals[0]!.aborted).toBe(true);
    });

    test("a stop waits for running jobs, then aborts them and gives them back without counting the attempt", async () => {
      const running = Promise.withResolvers<void>();
      const obedient: JobHandler = (_job, signal) => {
        running.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
      };
      const { jobs, outcomes } = create({ a: { run: obedient } });
      await jobs.enqueue({ kind: "a", key: "k" });
      jobs.start();
      await running.promise;
      await jobs.enqueue({ kind: "a", key: "waiting", runAfterMs: clock + 1 });
      await jobs.stop(5);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["released"]);
      expect(await rows()).toMatchObject([
        { key: "k", state: "queued", attempts: 0 },
        { key: "waiting", state: "queued" },
      ]);
    });

    test("a recurring job comes back after its interval, also when it failed for good", async () => {
      let calls = 0;
      const run: JobHandler = async () => {
        if (++calls === 2) throw new Error("once");
      };
      const { jobs, reported } = create({ tick: { run, everyMs: 500, maxAttempts: 1 } });
      jobs.start();
      expect(await reported(1)).toEqual([" done"]);
      expect((await rows()).at(-1)).toMatchObject({ state: "queued", run_after_ms: clock + 500 });
      clock += 500;
      expect(await reported(2)).toEqual([" done", " dead"]);
      clock += 500;
      expect(await reported(3)).toEqual([" done", " dead", " done"]);
      const other = create({ tick: { run, everyMs: 500 } });
      other.jobs.start();
      await other.jobs.stop();
      expect((await rows()).filter(({ state }) => state === "queued")).toHaveLength(1);
    });

    const isCleanWaiting = async (): Promise<boolean> => {
      const clean = opened.db.query
        .selectFrom("job")
        .select("id")
        .where("kind", "=", "jobs/clean")
        .where("run_after_ms", ">", clock);
      return (await clean.executeTakeFirst()) !== undefined;
    };
    test("ended jobs are deleted after their time", async () => {
      const fail: JobHandler = async () => {
        throw new Error("no");
      };
      const { jobs, reported } = create(
        { good: { run: async () => undefined }, bad: { run: fail, maxAttempts: 1 } },
        { keepDoneMs: minute, keepDeadMs: 5 * 60 * minute },
      );
      jobs.start();
      await jobs.enqueue({ kind: "good", key: "g" });
      await jobs.enqueue({ kind: "bad", key: "b" });
      await reported(2);
      while (!(await isCleanWaiting())) await new Promise((resolve) => setImmediate(resolve));
      clock += 60 * minute + 1;
      while ((await rows()).length > 1) await new Promise((resolve) => setImmediate(resolve));
      expect(await rows()).toMatchObject([{ key: "b", state: "dead" }]);
      expect((await jobs.metrics()).outcomes).toMatchObject({ dead: 1, lost: 0, error: 0 });
    });

    test("a job of a killed process runs again; one that killed every process is a dead letter", async () => {
      const { jobs, reported, outcomes } = create(
        { hang: { run: async () => undefined }, poison: { run: never, maxAttempts: 1 } },
        { now: Date.now },
      );
      await jobs.enqueue({ kind: "hang", key: "k" });
      await opened.db.transaction(async (tx) => {
        const row = {
          kind: "poison",
          key: "p",
          state: "running",
          attempts: 1,
          created_ms: 1,
          run_after_ms: 0,
          lease_until_ms: 1,
        };
        await tx
          .insertInto("job")
          .values({ ...row, state: "running" })
          .execute();
      });
      const { folder, url = "-" } = opened.options;
      const child = spawn(process.execPath, ["test/faults/jobs-process.ts", folder, url], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "exit");
      jobs.start();
      expect((await reported(2)).toSorted()).toEqual(["k done", "p dead"]);
      expect(outcomes.find(({ key }) => key === "k")).toMatchObject({ attempt: 2 });
    });
  });
});

test("pauses double from one second to ten minutes, with jitter", () => {
  expect([1, 2, 3, 30].map((attempt) => backoffMs(attempt, () => 0.999999))).toEqual(
    [1000, 2000, 4000, 600_000].map((ms) => expect.closeTo(ms, -1)),
  );
  expect(backoffMs(1, () => 0)).toBe(500);
});
