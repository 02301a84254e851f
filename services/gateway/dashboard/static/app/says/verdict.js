// Is it finished, is it right, what is to be done: one sentence over everything. Pure.

import { RESOURCES } from "../resources.js";
import { ACTIVE, stateOf } from "./state.js";

const EXPECTED = RESOURCES.filter((resource) => resource.isScheduled).map((resource) => resource.name);

/** Gives { key, tone, values }: the worst that is so, said first. */
export function verdictOf({ progress, status, recent, findings }) {
  const states = Object.fromEntries(RESOURCES.map(({ name }) => [name, stateOf(progress[name])]));
  const having = (...wanted) => RESOURCES.map(({ name }) => name).filter((name) => wanted.includes(states[name]));
  if (EXPECTED.some((name) => states[name] === "unknown")) return { key: "verdict.unknown", tone: "quiet", names: [] };
  const rules = [
    ["verdict.decide", "warn", decisionsOf({ progress, recent, status }).map((decision) => decision.resource)],
    ["verdict.stalled", "bad", having("stalled")],
    ["verdict.failed", "bad", having("failed")],
    ["verdict.running", "busy", having("requested", "running", "storing")],
    ["verdict.stale", "warn", staleResources(status).filter((name) => !ACTIVE.has(progress[name]?.status))],
    ["verdict.incomplete", "warn", having("incomplete")],
    ["verdict.cancelled", "warn", having("cancelled")],
    ["verdict.trouble", "warn", findings.length > 0 ? EXPECTED : []],
    ["verdict.idle", "quiet", EXPECTED.filter((name) => states[name] === "idle")],
  ];
  const found = rules.find(([, , names]) => names.length > 0);
  const [key, tone, names] = found ?? ["verdict.complete", "good", EXPECTED];
  return { key, tone, names: [...new Set(names)] };
}

/** Resources without a complete sync for longer than the limit. */
export function staleResources(status) {
  return Object.entries(freshnessOf(status)).filter(([, fresh]) => fresh.stale).map(([name]) => name);
}

/** Freshness by resource; {} where the gateway tells none. */
export function freshnessOf(status) {
  return Object.fromEntries((status?.resources ?? []).map((one) => [one.resource, one]));
}

/** What waits for a person: { kind: "removals" | "loading", resource, sync }. */
export function decisionsOf({ progress, recent, status }) {
  return RESOURCES.flatMap(({ name }) => {
    const held = (recent[name] ?? []).filter((sync) => sync.removals?.state === "held");
    const isPaused = Boolean(freshnessOf(status)[name]?.loadingPaused);
    return [
      ...held.slice(0, 1).map((sync) => ({ kind: "removals", resource: name, sync })),
      ...(isPaused ? [{ kind: "loading", resource: name, sync: progress[name] }] : []),
    ];
  });
}
