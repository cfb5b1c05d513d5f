// Journeys: a real registry on a free port with a clock that only the test moves, and a real browser that looks at its UI. A journey fails
// on its own assertions, and on anything that a visitor would not see but should not be: errors in the console, reports of the content
// security policy, requests to anywhere else, answers that are not what the API describes, and what axe-core finds in either theme.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type Locator,
  type Page,
  type Request,
  type Response,
} from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../src/api/routes.ts";
import { problem } from "../src/wire/problem.ts";
import { buildWeb } from "../src/web-build.ts";
import { openHouse, type Credentials, type House, type HouseOptions } from "./access-house.ts";
import { findProgram } from "./peers/program.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const picturesFolder = join(import.meta.dirname, "..", ".journeys");
/** 17 November 2026 is a Tuesday. */
export const startMs = Date.UTC(2026, 10, 17, 9, 0, 0);

export const chromiumPath = findProgram("chromium");
/** Stands in the name of a suite that cannot run. */
export const lack = chromiumPath === undefined ? " (skipped: chromium is not installed)" : "";

export interface Clock {
  readonly now: () => number;
  /** Moves forward, or back, by so many milliseconds. */
  move(ms: number): void;
}

function createClock(): Clock {
  let atMs = startMs;
  return {
    now: () => atMs,
    move: (ms) => {
      atMs += ms;
    },
  };
}

export interface Walk {
  readonly house: House;
  readonly clock: Clock;
  readonly page: Page;
  /** Paths and queries of /api/v1 that the page has asked, in order, such as `/tags?repository=a`. */
  readonly asked: string[];
  /** Opens a place of the UI, such as `/r/team/app`, and waits until its heading is there and keys are listened for. */
  open(path: string): Promise<void>;
  /** Waits until the page has asked and drawn everything that it asks and draws by itself. Not where an answer is held back. */
  settle(): Promise<void>;
  /** The dialog of this name, when it is there and has taken the focus: what is typed before that goes astray. */
  dialog(name: string): Promise<Locator>;
  /** In the browser, by the page's own form; the page that was open stays. */
  signIn(credentials: Credentials): Promise<void>;
  /** Another window on the same registry, signed out, with the same checks. */
  another(options?: VisitOptions): Promise<Walk>;
  /** Answers with these statuses, and their lines in the console, are part of the journey. */
  expectStatus(...statuses: number[]): void;
  /** axe now, in both themes; it also runs at the end. */
  checkAccessibility(): Promise<void>;
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** The address as the browser sees it, when that is not the loopback's. */
  readonly origin?: string;
  readonly permissions?: readonly string[];
}

export interface JourneyOptions extends VisitOptions, HouseOptions {
  /** More for Chromium's command line. */
  readonly args?: readonly string[];
}

/** How often a page that is looked at asks again by itself. */
const pollMs = 30_000;
/** So many times slower than this machine is the one that the pages seem to be on. */
const slow = Number(process.env["HYTHE_SLOW"] ?? 1);

/**
 * Declares a test that walks through the UI. The registry is open (nobody has to sign in) unless `closed`; `given` is asked when the test
 * runs. `missing` is what it needs and this machine has not: then it is skipped, and its name says so.
 */
export function journey(
  title: string,
  given: JourneyOptions | (() => Promise<JourneyOptions>),
  run: (walk: Walk) => Promise<void>,
  missing?: string,
): void {
  // eslint-disable-next-line vitest/expect-expect -- the journey has them, and every visit ends with its own
  test.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (skipped: no ${missing})`, async () => {
    const options = typeof given === "function" ? await given() : given;
    const clock = createClock();
    await using house = await openHouse(options.settings ?? {}, { closed: options.closed ?? false, now: clock.now });
    const browser = options.args === undefined ? shared!.browser : await launch(options.args);
    try {
      const visits: Visit[] = [];
      const walk = await visit(browser, house, clock, options, visits);
      try {
        await run(walk);
        for (const each of visits) await each.end();
      } catch (error) {
        await photograph(title, visits);
        throw error;
      } finally {
        for (const { context, page } of visits) {
          // What still waits for an answer to change would be told that the page is gone.
          await page.unrouteAll({ behavior: "ignoreErrors" });
          await context.close();
        }
      }
    } finally {
      if (browser !== shared?.browser) await browser.close();
    }
  });
}

let shared: { readonly browser: Browser } | undefined;

/** A group of journeys with one browser; skipped, and says so, where there is none. */
export function describeJourneys(title: string, declare: () => void): void {
  describe.skipIf(lack !== "")(`${title}${lack}`, () => {
    beforeAll(async () => {
      await buildWeb();
      shared = { browser: await launch([]) };
    });
    afterAll(async () => {
      await shared?.browser.close();
      shared = undefined;
    });
    declare();
  });
}

function launch(args: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}

interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  end(): Promise<void>;
}

async function visit(browser: Browser, house: House, clock: Clock, options: VisitOptions, visits: Visit[]): Promise<Walk> {
  const { width = 1280, height = 800, theme = "light", origin = house.url, permissions = [] } = options;
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    permissions: [...permissions],
  });
  context.setDefaultTimeout(20_000);
  await context.addInitScript(keepTime, pollMs);
  const page = await context.newPage();
  if (slow > 1) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: slow });
  }
  const asked: string[] = [];
  const faults: string[] = [];
  const expected = new Set<number>();
  const checks: Promise<void>[] = [];
  const traffic = watchTraffic(page);
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const [, status] = /the server responded with a status of (\d+)/.exec(message.text()) ?? [];
    if (status !== undefined && (expected.has(Number(status)) || expected.has(0))) return;
    if (expected.has(0) && /net::ERR_/.test(message.text())) return;
    // On plain http under a name the browser says so of every page.
    if (message.text().startsWith("The Cross-Origin-Opener-Policy header has been ignored")) return;
    faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol === "data:" || url.protocol === "blob:") return;
    if (url.origin !== origin) faults.push(`request to ${url.origin}`);
    if (url.pathname.startsWith("/api/v1")) asked.push(url.pathname.slice("/api/v1".length) + url.search);
  });
  page.on("response", (response) => {
    const status = response.status();
    if (status >= 400 && !expected.has(status)) faults.push(`${status} from ${response.url()}`);
    checks.push(checkAnswer(response, faults));
  });
  const checkAccessibility = async (): Promise<void> => expect(await accessibilityFaults(page)).toEqual([]);
  visits.push({
    context,
    page,
    async end() {
      // A page that was just gone to has come.
      await page.locator("h1").first().waitFor({ state: "attached" });
      await checkAccessibility();
      await Promise.all(checks);
      expect(faults).toEqual([]);
    },
  });
  return {
    house,
    clock,
    page,
    asked,
    checkAccessibility,
    async open(path) {
      await page.goto(`/ui${path}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.evaluate(drawn);
    },
    settle: () => traffic.settle(),
    async dialog(name) {
      const dialog = page.getByRole("dialog", { name });
      await dialog.waitFor();
      await page.evaluate(drawn);
      return dialog;
    },
    async signIn({ name, secret }) {
      // It may be a dialog.
      await page.getByLabel("Name", { exact: true }).waitFor();
      await page.evaluate(drawn);
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("Password", { exact: true }).fill(secret);
      await page.getByRole("button", { name: "Sign in", exact: true }).last().click();
      await page.getByLabel("Password", { exact: true }).waitFor({ state: "detached" });
    },
    another: (other = {}) => visit(browser, house, clock, { ...options, ...other }, visits),
    expectStatus: (...statuses) => {
      for (const status of statuses) expected.add(status);
    },
  };
}

/** What a page has asked for and not got yet. */
function watchTraffic(page: Page): { settle(): Promise<void> } {
  const open = new Set<Request>();
  let begun = 0;
  let ended = (): void => undefined;
  const end = (request: Request): void => {
    open.delete(request);
    ended();
  };
  page.on("request", (request) => {
    begun++;
    open.add(request);
  });
  page.on("requestfinished", end);
  page.on("requestfailed", end);
  return {
    async settle() {
      let before: number;
      do {
        before = begun;
        while (open.size > 0) await new Promise<void>((resolve) => (ended = resolve));
        await page.evaluate(drawn);
      } while (open.size > 0 || begun !== before);
    },
  };
}

/**
 * In the page: what it asks again after so long would come into the middle of a journey that takes long. One that is about it moves the
 * clock of the page, which has timers of its own; frames come nevertheless.
 */
function keepTime(longMs: number): void {
  const { setInterval } = globalThis;
  globalThis.setInterval = ((act: () => void, ms = 0) => (ms < longMs ? setInterval(act, ms) : 0)) as typeof setInterval;
  globalThis.nextFrame = globalThis.requestAnimationFrame.bind(globalThis);
}
declare global {
  var nextFrame: typeof requestAnimationFrame;
}

/** In the page: a frame tells what has a new size, and a task of the lowest urgency comes after those that draw an answer and ask the next question. */
async function drawn(): Promise<void> {
  await new Promise(nextFrame);
  for (let i = 0; i < 3; i++) await scheduler.postTask(() => undefined, { priority: "background" });
}
declare const scheduler: { postTask(task: () => void, options: { priority: "background" }): Promise<void> };

const matchers = routes.map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** What the API says to the UI is what it says that it says. */
async function checkAnswer(response: Response, faults: string[]): Promise<void> {
  const { pathname } = new URL(response.url());
  if (!pathname.startsWith("/api/v1/") || response.status() === 204 || response.status() >= 300 !== response.status() >= 400)
    return;
  const method = response.request().method();
  const route =
    matchers.find(({ path, method: known }) => known === method && path === pathname) ??
    matchers.find(({ pattern, method: known }) => known === method && pattern.test(pathname));
  if (route?.answer === undefined || !(response.headers()["content-type"] ?? "").includes("json")) return;
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    return; // The page has left before its answer was whole.
  }
  const { error } = (response.ok() ? route.answer : problem).safeParse(body);
  if (error !== undefined) faults.push(`${method} ${pathname} answered what it does not describe: ${error.message}`);
}

/** One line for each thing that axe-core finds, in both themes; the theme that was chosen is shown again afterwards. */
async function accessibilityFaults(page: Page): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(axeSource);
  const chosen = await page.evaluate(() => document.documentElement.dataset["mantineColorScheme"] ?? "light");
  for (const theme of ["light", "dark"]) {
    await page.evaluate((name) => document.documentElement.setAttribute("data-mantine-color-scheme", name), theme);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(root: Document, options: object): Promise<{ violations: AxeViolation[] }> };
      };
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      return (await axe.run(document, { runOnly: { type: "tag", values: tags } })).violations;
    });
    for (const { id, help, nodes } of violations) {
      for (const { html } of nodes.slice(0, 5)) found.push(`${theme}: ${id}: ${help}: ${html.slice(0, 300)}`);
    }
  }
  await page.evaluate((name) => document.documentElement.setAttribute("data-mantine-color-scheme", name), chosen);
  return found;
}
interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What was to be seen when a journey failed. */
async function photograph(title: string, visits: readonly Visit[]): Promise<void> {
  mkdirSync(picturesFolder, { recursive: true });
  const name = title.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 80);
  for (const [at, { page }] of visits.entries()) {
    await page.screenshot({ path: join(picturesFolder, `${name}-${at}.png`) }).catch(() => undefined);
  }
}
