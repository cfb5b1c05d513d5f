import { expect, onTestFinished, test } from "vitest";
import { captureCli, openRecorded, type CliOptions } from "../../test/cli.ts";
import type { AuditAnswer, AuditItem } from "../wire/audit.ts";

const header = "id,at,principal,action,object kind,object,outcome,address,user agent,detail\r\n";

function item(id: number, more: Partial<AuditItem> = {}): AuditItem {
  const who = { principal: "ann", action: "tag.push", objectKind: "tag", object: "team/app:v1", outcome: "done" } as const;
  return { id, at: "2026-11-21T11:00:00.000Z", ...who, address: "192.0.2.7", userAgent: "docker", detail: {}, ...more };
}

const lineOf = (id: number): string => `${id},2026-11-21T11:00:00.000Z,ann,tag.push,tag,team/app:v1,done,192.0.2.7,docker,{}\r\n`;

/** A server with two pages; `events` has what it was asked and what was written. */
async function exportCsv(options: CliOptions = {}) {
  const events: string[] = [];
  const server = await openRecorded(({ searchParams }) => {
    events.push(`asked ${searchParams.get("cursor") ?? "first"}`);
    const total = searchParams.has("total") ? { total: 3 } : {};
    const first: AuditAnswer = { items: [item(3), item(2)], nextCursor: "second", ...total };
    return { body: searchParams.has("cursor") ? { items: [item(1)] } : first };
  });
  onTestFinished(() => server.close());
  const done = await captureCli(["audit", "--csv", "--server", server.url], {
    onWrite: async (text) => void events.push(`wrote ${text.length}`),
    ...options,
  });
  return { ...done, asked: server.asked, events };
}

test("the CSV comes page by page, the next one when the last is written", async () => {
  const { asked, code, events, stderr, stdout } = await exportCsv();
  expect([code, stderr, stdout]).toEqual([0, "", `${header}${lineOf(3)}${lineOf(2)}${lineOf(1)}`]);
  const one = lineOf(1).length;
  expect(events).toEqual(["asked first", `wrote ${header.length + 2 * one}`, "asked second", `wrote ${one}`]);
  expect(asked.map(({ search }) => search)).toEqual(["?limit=1000", "?limit=1000&cursor=second"]);
});

test("at a terminal it is seen how far it is, and nothing of that stays", async () => {
  const { stderr, stdout } = await exportCsv({ columns: 80, isPiped: true });
  expect(stdout).toBe(`${header}${lineOf(3)}${lineOf(2)}${lineOf(1)}`);
  expect(stderr).toContain("\r2 of 3 entries");
  expect(stderr).toMatch(/\r3 of 3 entries\r +\r$/);
  expect((await exportCsv({ columns: 80 })).stderr).toBe("");
});

test("a reader who has seen enough ends it, and no further page is asked for", async () => {
  const { code, events, stderr } = await exportCsv({
    onWrite: async () => {
      throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    },
  });
  expect([code, stderr, events]).toEqual([0, "", ["asked first"]]);
});

test("what was refused leaves nothing that could be taken for an empty log", async () => {
  const server = await openRecorded(() => ({
    status: 403,
    body: { type: "about:blank", code: "DENIED", title: "Denied", detail: "not for you", status: 403, requestId: "1" },
  }));
  onTestFinished(() => server.close());
  const { code, stdout } = await captureCli(["audit", "--csv", "--server", server.url]);
  expect([code, stdout]).toEqual([6, ""]);
});

test("no cell is a formula or breaks its line", async () => {
  const odd = item(1, { object: "=1+1", address: null, userAgent: 'a "b", c\nd', detail: { to: ["x", "y"] } });
  const server = await openRecorded(() => ({ body: { items: [odd] } }));
  onTestFinished(() => server.close());
  const { stdout } = await captureCli(["audit", "--csv", "--server", server.url]);
  expect(stdout).toBe(
    `${header}1,2026-11-21T11:00:00.000Z,ann,tag.push,tag,'=1+1,done,,"a ""b"", c\nd","{""to"":[""x"",""y""]}"\r\n`,
  );
});
