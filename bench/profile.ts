// Where the processor time of a profile went: node bench/profile.ts FILE.cpuprofile [LINES]
// Such files come from `npm run bench -- manifests --profile FOLDER`.

import { readFileSync } from "node:fs";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const [file, lines = "40"] = process.argv.slice(2);
if (file === undefined) throw new Error("which file? node bench/profile.ts FILE.cpuprofile [LINES]");
const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;

const nameOf = new Map(
  profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
    const place = url === "" ? "" : ` ${url.replace(/^.*\/(?=(?:src|node_modules)\/)/, "")}:${lineNumber + 1}`;
    return [id, `${functionName || "(anonymous)"}${place}`] as const;
  }),
);
const selfTime = new Map<string, number>();
profile.samples.forEach((id, i) => {
  const name = nameOf.get(id)!;
  selfTime.set(name, (selfTime.get(name) ?? 0) + profile.timeDeltas[i]!);
});
selfTime.delete("(idle)");
const busy = [...selfTime.values()].reduce((sum, time) => sum + time, 0);
console.log(`${(busy / 1e6).toFixed(1)} s busy; self time:`);
for (const [name, time] of [...selfTime].toSorted(([, a], [, b]) => b - a).slice(0, Number(lines))) {
  console.log(`${((time / busy) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
