// Describes a progress object: its state, a sentence and an advice. Pure.

export const ACTIVE = new Set(["requested", "running", "stalled"]);

const RESUMABLE_MS = 24 * 3_600_000;
const TONES = {
  unknown: "quiet", idle: "quiet", requested: "busy", running: "busy", storing: "busy",
  stalled: "bad", complete: "good", incomplete: "warn", failed: "bad", cancelled: "warn",
};

/** Finer than `status`: a completed sync is complete or incomplete, a running one may only be storing. */
export function stateOf(progress) {
  if (!progress) return "unknown";
  if (progress.status === "completed") return progress.complete ? "complete" : "incomplete";
  const isFetched = progress.totalRecords > 0 && progress.fetchedRecords >= progress.totalRecords;
  if (progress.status === "running" && isFetched) return "storing";
  return progress.status in TONES ? progress.status : "unknown";
}

export function toneOf(state) {
  return TONES[state];
}

/** One sentence that describes the state. */
export function sentenceOf(progress, context) {
  return SENTENCES[stateOf(progress)](progress ?? {}, context);
}

const SENTENCES = {
  unknown: (_, { t }) => t("sentence.unknown"),
  idle: (_, { t }) => t("sentence.idle"),
  requested: (_, { t }) => t("sentence.requested"),
  running: runningSentence,
  storing: (progress, { t }) => t("sentence.storing", { count: Math.max(0, progress.totalRecords - progress.processedRecords) }),
  stalled: stalledSentence,
  complete: (progress, { t }) => t("sentence.complete", { count: progress.processedRecords }),
  incomplete: (progress, { t }) => t("sentence.incomplete", { gaps: gapsText(progress, t) }),
  failed: (progress, { t, format, state: { now } }) =>
    t("sentence.failed", { time: format.timeOrDate(progress.endTime ?? now, now) }),
  cancelled: (progress, { t }) =>
    t("sentence.cancelled", { processed: progress.processedRecords, total: progress.totalRecords }),
};

function runningSentence(progress, { t, format }) {
  if (!progress.totalPages) return t("sentence.starting");
  const page = t("sentence.page", { page: progress.currentPage, pages: progress.totalPages });
  const left = progress.etaSeconds ?? null;
  return left === null ? page : `${page} ${t("sentence.left", { duration: format.duration(left) })}`;
}

function stalledSentence(progress, { t, format, state: { now, status } }) {
  const silent = silentServices(status);
  if (silent.length === 0) return t("sentence.stalled", { time: format.timeOrDate(progress.lastEventTime ?? now, now) });
  return silent
    .map(({ name, lastSeen }) =>
      t("sentence.stalled_by", { service: t(`service.${name}`), time: lastSeen ? format.timeOrDate(lastSeen, now) : "–" }))
    .join(" ");
}

/** The services of which no instance is alive, each with its last heartbeat. */
function silentServices(status) {
  const all = status?.services ?? [];
  return ["fetcher", "loader"].flatMap((name) => {
    const instances = all.filter((instance) => instance.service === name);
    if (!status || instances.some((instance) => instance.alive)) return [];
    return [{ name, lastSeen: Math.max(0, ...instances.map((instance) => instance.lastSeen)) }];
  });
}

/** What an ended sync lacks: "3 records were rejected, 2 records are missing". */
function gapsText(progress, t) {
  const counts = { rejected: progress.rejected, missing: progress.missing, pages: progress.failedPages?.length };
  const gaps = Object.entries(counts).filter(([, count]) => count > 0);
  return gaps.map(([gap, count]) => t(`gap.${gap}`, { count })).join(", ") || t("gap.unproven");
}

/** What the user can do now; empty if there is nothing to do. */
export function adviceOf(progress, t) {
  const state = stateOf(progress);
  if (state === "incomplete") return t(progress.rejected > 0 ? "advice.rejected" : "advice.missing");
  return ["idle", "stalled", "failed", "cancelled"].includes(state) ? t(`advice.${state}`) : "";
}

/** Whether to offer the resume of a sync. The gateway decides. */
export function isResumable(progress, now) {
  const endedAt = progress?.endTime ?? 0;
  return ["failed", "cancelled"].includes(progress?.status) && now - endedAt < RESUMABLE_MS;
}
