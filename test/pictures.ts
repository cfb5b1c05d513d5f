// npm run pictures [-- FOLDER]: starts the demo, looks at every page of the UI in both themes and at four widths, and saves what is to be
// seen. Without a folder only those are made that the documents show, into docs/pictures.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { startHythe } from "./peers/hythe.ts";
import { findProgram } from "./peers/program.ts";

interface Picture {
  readonly name: string;
  /** Below /ui. */
  readonly path: string;
  /** Stands in the README or in docs/ui.md, this wide. */
  readonly documented?: number;
}

const pictures: readonly Picture[] = [
  { name: "home", path: "/", documented: 1280 },
  { name: "repositories", path: "/repositories", documented: 1280 },
  { name: "folders", path: "/repositories?view=folders" },
  { name: "repository", path: "/r/shop/checkout", documented: 1280 },
  { name: "history", path: "/r/shop/checkout?view=history" },
  { name: "repository-activity", path: "/r/shop/checkout?view=activity" },
  { name: "image", path: "/r/shop/checkout:latest", documented: 1280 },
  { name: "beside", path: "/r/platform/gateway:latest", documented: 2200 },
  { name: "layers", path: "/r/shop/checkout:latest?view=layers" },
  { name: "platforms", path: "/r/shop/checkout:latest?view=platforms" },
  { name: "referrers", path: "/r/shop/checkout:latest?view=referrers" },
  { name: "raw", path: "/r/shop/checkout:latest?view=raw" },
  { name: "compare", path: "/r/shop/checkout?view=compare" },
  { name: "idle", path: "/tags?usage=idle,never&sort=-bytes", documented: 1280 },
  { name: "no-match", path: "/tags?q=there-is-no-such-tag" },
  { name: "activity", path: "/activity?range=1y", documented: 1280 },
  { name: "activity-week", path: "/activity" },
  { name: "registries", path: "/x" },
  { name: "access", path: "/access" },
  { name: "settings", path: "/settings" },
  { name: "sign-in", path: "/sign-in" },
  { name: "missing", path: "/r/there/is/none" },
  { name: "not-found", path: "/nowhere" },
];
const widths = [360, 768, 1280, 2560];
const documentedWidths = new Set(pictures.flatMap(({ documented }) => documented ?? []));
const themes = ["light", "dark"] as const;
const settleMs = 10_000;

const [folder] = process.argv.slice(2);
const target = folder ?? join(import.meta.dirname, "..", "docs", "pictures");
mkdirSync(target, { recursive: true });
const executablePath = findProgram("chromium");
if (executablePath === undefined) throw new Error("chromium is not installed: apt-get install chromium");

const server = await startHythe({ flags: ["--demo"], settings: { HYTHE_LOG_LEVEL: "error" } });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  for (const theme of themes) {
    for (const width of folder === undefined ? documentedWidths : widths) await photograph(browser, theme, width);
  }
} finally {
  await browser.close();
  await server.stop();
}

async function photograph(from: Browser, theme: "light" | "dark", width: number): Promise<void> {
  const context = await from.newContext({
    viewport: { width, height: width < 768 ? 740 : 800 },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  for (const { name, path, documented } of pictures) {
    if (folder === undefined && documented !== width) continue;
    await page.goto(`${server.url}/ui${path}`, { waitUntil: "networkidle", timeout: settleMs });
    await page.getByRole("heading", { level: 1 }).first().waitFor({ timeout: settleMs });
    const file = folder === undefined ? `${name}-${theme}.png` : `${name}-${width}-${theme}.png`;
    await page.screenshot({ path: join(target, file) });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    console.log(`${file}${overflow === 0 ? "" : `  scrolls sideways by ${String(overflow)} px`}`);
  }
  await context.close();
}
