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

/** The records in the database: rejected ones were processed, but not stored. */
export function storedRecords({ processedRecords, rejected = 0 }) {
  return processedRecords - rejected;
}

/** Whether the sync read a whole list; false while its mode is not known. */
export function isFullSync({ mode, kind }) {
  return mode === "full" && kind !== "single";
}

/** Adds the mode, which a progress object lacks, from the list of syncs. */
export function withMode(progress, syncs = []) {
  const mode = progress.mode ?? syncs.find((sync) => sync.syncId === progress.syncId)?.mode;
  return { ...progress, mode };
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
  complete: completeSentence,
  incomplete: (progress, { t }) => t("sentence.incomplete", { gaps: gapsText(progress, t) }),
  failed: (progress, { t, format, state: { now } }) =>
    t("sentence.failed", { time: format.timeOrDate(progress.endTime ?? now, now) }),
  cancelled: (progress, { t }) =>
    t("sentence.cancelled", { processed: storedRecords(progress), total: progress.totalRecords }),
};

// Only a full sync knows how many records HEMIS has.
function completeSentence(progress, { t }) {
  const count = progress.processedRecords;
  if (progress.mode === "incremental") return t("sentence.incremental", { count });
  return t(isFullSync(progress) ? "sentence.complete" : "sentence.stored", { count });
}

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
export function adviceOf(progress, { t, state: page }, resource) {
  const state = stateOf(progress);
  const isEnded = ["failed", "cancelled"].includes(state);
  if (isEnded && !isResumable(progress, page, resource)) return "";
  if (state === "incomplete") return t(progress.rejected > 0 ? "advice.rejected" : "advice.missing");
  return ["idle", "stalled", "failed", "cancelled"].includes(state) ? t(`advice.${state}`) : "";
}

/** Whether to offer the resume of a sync: no later sync has replaced it. The gateway decides. */
export function isResumable(sync, { progress, now }, resource) {
  const isNewest = Boolean(sync?.syncId) && progress[resource]?.syncId === sync.syncId;
  const isRecent = now - (sync?.endTime ?? 0) < RESUMABLE_MS;
  return isNewest && isRecent && sync.attempt > 0 && ["failed", "cancelled"].includes(sync.status);
}
