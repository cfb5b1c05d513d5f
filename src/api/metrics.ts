// /metrics in the text format of Prometheus. Numbers come from the rooms that keep them; nothing is counted here.

import type { Traffic } from "../http/traffic.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { PullMetrics } from "../pulls/pulls.ts";

export interface MetricSources {
  readonly traffic: Pick<Traffic, "requests" | "bytes" | "openConnections">;
  readonly jobs: Pick<Jobs, "metrics">;
  /** Undefined: pulls are not counted. */
  readonly pulls: (() => PullMetrics) | undefined;
}

export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

function metric(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join("\n");
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

export async function formatMetrics({ traffic, jobs, pulls }: MetricSources): Promise<string> {
  const { rows, outcomes } = await jobs.metrics();
  const { received, sent } = traffic.bytes();
  const parts = [
    ...(pulls === undefined ? [] : pullMetrics(pulls())),
    metric(
      "hythe_requests_total",
      "counter",
      "Answers by door, method and class of status; none: the client went away first.",
      traffic.requests().map(({ count, ...labels }) => ({ labels, value: count })),
    ),
    metric("hythe_received_bytes_total", "counter", "Bytes that clients sent, heads included.", [{ value: received }]),
    metric("hythe_sent_bytes_total", "counter", "Bytes that clients were sent, heads included.", [{ value: sent }]),
    metric("hythe_connections", "gauge", "Open connections.", [{ value: traffic.openConnections() }]),
    metric(
      "hythe_jobs",
      "gauge",
      "Background jobs by kind and state, of all processes on the database.",
      rows.map(({ kind, state, jobs: value }) => ({ labels: { kind, state }, value })),
    ),
    metric(
      "hythe_job_runs_total",
      "counter",
      "Runs of background jobs in this process, by how they ended.",
      Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
  ];
  return `${parts.join("\n")}\n`;
}

function pullMetrics(pulls: PullMetrics): string[] {
  const { byTag, direct, asChild, checks } = pulls;
  const kinds = Object.entries({ tag: byTag, digest: direct, child: asChild }).map(([way, value]) => ({
    labels: { way },
    value,
  }));
  return [
    metric("hythe_pulls_total", "counter", "Pulls answered by this process, by the way they came.", kinds),
    metric("hythe_checks_total", "counter", "Checks answered by this process, HEADs that became pulls included.", [
      { value: checks },
    ]),
    metric("hythe_pulls_lost_total", "counter", "Pulls answered and not counted. Must read 0.", [{ value: pulls.lost }]),
    metric("hythe_journal_lag_bytes", "gauge", "Bytes of the journal that are not in the database yet.", [
      { value: pulls.unfoldedBytes },
    ]),
    metric("hythe_journal_folded_records_total", "counter", "Journal records moved into the database.", [
      { value: pulls.foldedRecords },
    ]),
    metric("hythe_journal_folded_rows_total", "counter", "Database rows written for them.", [{ value: pulls.foldedRows }]),
    metric("hythe_journal_folded_seconds", "gauge", "When that last happened, Unix time; 0: not since the start.", [
      { value: pulls.foldedMs / 1000 },
    ]),
    metric("hythe_journal_at_risk_seconds", "gauge", "Since when counts are in memory only, Unix time; 0: they are not.", [
      { value: pulls.riskSinceMs / 1000 },
    ]),
  ];
}
