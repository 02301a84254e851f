// The headline of the overview: the most urgent thing that is known. Pure.

import { RESOURCES } from "../resources.js";
import { ACTIVE, isFullSync, stateOf } from "./state.js";

const SCHEDULED = new Set(RESOURCES.filter((resource) => resource.isScheduled).map((resource) => resource.name));

/** Returns { key, tone, names, others }: `names` and `others` are resources. */
export function headlineOf(state) {
  const { progress, status, findings } = state;
  if (state.awaySince !== null) return headline("headline.away", "bad");
  const inState = (...wanted) => RESOURCES.map(({ name }) => name).filter((name) => wanted.includes(stateOf(progress[name])));
  if (state.isCatchingUp || inState("unknown").length > 0) return headline("headline.unknown", "quiet");
  const rules = [
    ["headline.decision", "warn", decisionsOf(state).map((decision) => decision.resource)],
    ["headline.stalled", "bad", inState("stalled")],
    ["headline.failed", "bad", inState("failed")],
    ["headline.running", "busy", inState("requested", "running", "storing")],
    ["headline.stale", "warn", staleResources(status).filter((name) => !ACTIVE.has(progress[name]?.status))],
    ["headline.incomplete", "warn", inState("incomplete")],
    ["headline.cancelled", "warn", inState("cancelled")],
  ];
  const [key, tone, names] = rules.find(([, , found]) => found.length > 0) ?? [];
  if (key) return headline(key, tone, names);
  if (status === null || findings === null) return headline("headline.unknown", "quiet");
  if (findings.length > 0) return headline("headline.findings", "warn");
  const complete = inState("complete");
  const isWhole = complete.every((name) => isFullSync(progress[name]));
  return completeHeadline(complete, inState("idle").filter((name) => SCHEDULED.has(name)), isWhole);
}

// Only a full sync shows that all records are in the database.
function completeHeadline(complete, idle, isWhole) {
  if (complete.length === 0) return headline("headline.idle", "quiet", idle);
  if (idle.length === 0) return headline(isWhole ? "headline.complete" : "headline.synced", "good", complete);
  return headline(isWhole ? "headline.complete_but" : "headline.synced_but", "quiet", complete, idle);
}

function headline(key, tone, names = [], others = []) {
  return { key, tone, names: [...new Set(names)], others };
}

function staleResources(status) {
  return Object.entries(freshnessOf(status)).filter(([, { stale }]) => stale).map(([name]) => name);
}

/** The freshness by resource; {} before the gateway has answered. */
export function freshnessOf(status) {
  return Object.fromEntries((status?.resources ?? []).map((one) => [one.resource, one]));
}

/** What a person must decide: { kind: "removals" | "loading", resource, sync }. */
export function decisionsOf({ progress, recentSyncs, status }) {
  return RESOURCES.flatMap(({ name }) => {
    const held = (recentSyncs[name] ?? []).filter((sync) => sync.removals?.state === "held");
    const isPaused = Boolean(freshnessOf(status)[name]?.loadingPaused);
    return [
      ...held.slice(0, 1).map((sync) => ({ kind: "removals", resource: name, sync })),
      ...(isPaused ? [{ kind: "loading", resource: name, sync: progress[name] }] : []),
    ];
  });
}
