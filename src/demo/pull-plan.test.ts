import { beforeAll, describe, expect, test } from "vitest";
import { generateContent, type DemoContent } from "./content.ts";
import { demandOf } from "./demand.ts";
import { countedTimes, planPulls, type PlannedPulls } from "./pull-plan.ts";
import type { Use } from "./repositories.ts";
import { dayMs, hourMs } from "./rhythm.ts";

const untilMs = Date.parse("2026-11-21T10:20:00Z");
const today = untilMs - (untilMs % dayMs);
const plan = (content: DemoContent): PlannedPulls[] => {
  const demands = demandOf(content, "hythe", untilMs);
  return countedTimes(untilMs).flatMap((time) => [...planPulls(demands, { seed: "hythe", untilMs, time })]);
};
const sum = (pulls: readonly PlannedPulls[]): number => pulls.reduce((total, { count }) => total + count, 0);

let content: DemoContent;
let all: PlannedPulls[];
/** Of tags and digests, without the children of indexes. */
let asked: PlannedPulls[];
beforeAll(() => {
  content = generateContent("hythe", untilMs);
  all = plan(content);
  asked = all.filter(({ way }) => way === "by tag" || way === "direct");
});
const of = (...uses: Use[]): PlannedPulls[] => asked.filter(({ repository }) => uses.includes(content.uses.get(repository)!));

describe("the pulls of the demo", () => {
  test("are the same for the same seed and time", () => {
    expect(plan(content)).toEqual(all);
  });

  test("are millions, most of them of a few repositories, and none where nothing was ever used", () => {
    expect(sum(asked)).toBeGreaterThan(1_000_000);
    expect(sum(of("hot")) / sum(asked)).toBeGreaterThan(0.6);
    expect(sum(of("quiet"))).toBeGreaterThan(50);
    expect(sum(of("quiet")) / sum(asked)).toBeLessThan(0.01);
    expect(of("never", "unknown", "new")).toEqual([]);
  });

  test("come by tag, by digest and as child of an index, with checks beside them", () => {
    for (const way of ["by tag", "direct", "as child", "check"]) {
      expect(sum(all.filter((pulls) => pulls.way === way)), way).toBeGreaterThan(10_000);
    }
    expect(all.every(({ tag, way }) => (tag !== undefined) === (way === "by tag" || way === "check"))).toBe(true);
  });

  test("are of what a tag pointed to at the time, never before its push and never in the future", () => {
    const pushed = new Map<string, number>();
    for (const { atMs, manifest, repository, tags } of content.pushes) {
      for (const { digest } of [manifest, ...manifest.children]) pushed.set(`${repository}@${digest}`, atMs);
      for (const tag of tags) pushed.set(`${repository}:${tag}@${manifest.digest}`, atMs);
    }
    const keyOf = ({ digest, repository, tag }: PlannedPulls): string =>
      `${repository}${tag === undefined ? "" : `:${tag}`}@${digest}`;
    expect(all.filter((pulls) => !(pushed.get(keyOf(pulls))! <= pulls.timeMs && pulls.timeMs <= untilMs))).toEqual([]);
  });

  test("are fewer at weekends and at night, and grow over the years", () => {
    const year = asked.filter(({ timeMs }) => timeMs > today - 365 * dayMs);
    const weekend = year.filter(({ timeMs }) => new Date(timeMs).getUTCDay() % 6 === 0);
    expect(sum(weekend) / 2).toBeLessThan(0.9 * (sum(year.filter((pulls) => !weekend.includes(pulls))) / 5));
    const twoWeeks = asked.filter(({ timeMs }) => timeMs > today - 7 * dayMs && timeMs < today);
    const atHour = (from: number, to: number): number =>
      sum(twoWeeks.filter(({ timeMs }) => new Date(timeMs).getUTCHours() >= from && new Date(timeMs).getUTCHours() < to)) /
      (to - from);
    expect(atHour(9, 16)).toBeGreaterThan(1.3 * atHour(20, 24));
    expect(sum(asked.filter(({ timeMs }) => timeMs < today - 365 * dayMs))).toBeLessThan(sum(year) * 0.7);
  });

  test("are as many on a day behind a gap as on others, and in no hour of two weeks a day's worth", () => {
    const onDays = (from: number, to: number): number =>
      sum(asked.filter(({ timeMs }) => timeMs >= today - from * dayMs && timeMs < today - to * dayMs));
    // A week that is planned by days against one that is planned by hours.
    expect(onDays(28, 14) / onDays(11, -1)).toBeLessThan(1.6);
    const hours = Map.groupBy(asked, ({ timeMs }) => Math.floor(timeMs / hourMs));
    const [most, day] = [...hours].reduce<[number, number]>(
      ([best, at], [hour, pulls]) => (hour * hourMs >= today - 14 * dayMs && sum(pulls) > best ? [sum(pulls), hour] : [best, at]),
      [0, 0],
    );
    expect(most, new Date(day * hourMs).toISOString()).toBeLessThan(onDays(11, -1) / 12 / 4);
  });

  test("are none in the times without counting: five days, three hours, and five hours, each with its reason", () => {
    const times = countedTimes(untilMs);
    expect(
      times
        .map((time) => time.fromMs)
        .slice(1)
        .map((fromMs, i) => fromMs - times[i]!.untilMs),
    ).toEqual([5 * dayMs, 3.2 * hourMs, 5 * hourMs]);
    expect(times.map(({ gap }) => gap?.fromMs)).toEqual([undefined, ...times.slice(0, -1).map((time) => time.untilMs)]);
    expect(new Set(times.flatMap(({ gap }) => gap?.reason ?? [])).size).toBe(2);
    expect(all.filter(({ timeMs }) => !times.some((time) => timeMs >= time.fromMs && timeMs < time.untilMs))).toEqual([]);
    const days = new Set(of("hot").map(({ timeMs }) => Math.floor((today - timeMs) / dayMs)));
    expect([209, 212, 216].map((age) => days.has(age))).toEqual([true, false, true]);
  });

  test("end when a repository is idle, and never begin for some tags", () => {
    for (const [repository, use] of content.uses) {
      if (use !== "idle") continue;
      const last = Math.max(...asked.filter((pulls) => pulls.repository === repository).map(({ timeMs }) => timeMs));
      expect(last).toBeLessThan(today - 300 * dayMs);
    }
    const used = new Set(asked.map(({ repository, tag }) => `${repository}:${tag}`));
    const tags = content.pushes
      .filter(({ isAccessory }) => !isAccessory)
      .flatMap((push) => push.tags.map((tag) => `${push.repository}:${tag}`));
    expect([...new Set(tags)].filter((tag) => !used.has(tag)).length).toBeGreaterThan(30);
  });
});
