// What a progress object means, in the reader's own words. Pure.

export const ACTIVE = new Set(["requested", "running", "stalled"]);

const TONES = {
  unknown: "quiet", idle: "quiet", requested: "busy", running: "busy", storing: "busy",
  stalled: "bad", complete: "good", incomplete: "warn", failed: "bad", cancelled: "warn",
};

/** Finer than `status`: an ended sync is complete or not, a running one may only be storing. */
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

/** One sentence: what is so. */
export function sentenceOf(progress, { say, format, now, status }) {
  const state = stateOf(progress);
  return SENTENCES[state](progress ?? {}, { say, format, now, status });
}

const SENTENCES = {
  unknown: (_, { say }) => say("sentence.unknown"),
  idle: (_, { say }) => say("sentence.idle"),
  requested: (_, { say }) => say("sentence.requested"),
  running: (progress, words) => runningSentence(progress, words),
  storing: (progress, { say }) => say("sentence.storing", { count: Math.max(0, progress.totalRecords - progress.processedRecords) }),
  stalled: (progress, words) => stalledSentence(progress, words),
  complete: (progress, { say }) => say("sentence.complete", { count: progress.processedRecords }),
  incomplete: (progress, { say }) => say("sentence.incomplete", { lacks: lacksOf(progress, say) }),
  failed: (progress, { say, format, now }) =>
    say("sentence.failed", { time: format.moment(progress.endTime ?? now, now) }),
  cancelled: (progress, { say }) =>
    say("sentence.cancelled", { processed: progress.processedRecords, total: progress.totalRecords }),
};

function runningSentence(progress, { say, format }) {
  if (!progress.totalPages) return say("sentence.beginning");
  const page = say("sentence.page", { page: progress.currentPage, pages: progress.totalPages });
  const left = progress.etaSeconds;
  return left === null || left === undefined
    ? page
    : `${page} ${say("sentence.left", { duration: format.duration(left) })}`;
}

function stalledSentence(progress, { say, format, now, status }) {
  const silent = silentServices(status, progress).map((service) => ({
    service: say(`service.${service.name}`), at: service.lastSeen,
  }));
  if (silent.length === 0) return say("sentence.stalled", { time: format.moment(progress.lastEventTime ?? now, now) });
  return silent
    .map(({ service, at }) => say("sentence.stalled_by", { service, time: at ? format.moment(at, now) : "–" }))
    .join(" ");
}

/** Fetcher or loader of which nothing alive is known, with its last sign of life. */
export function silentServices(status) {
  const seen = status?.services ?? [];
  return ["fetcher", "loader"].flatMap((name) => {
    const instances = seen.filter((instance) => instance.service === name);
    if (!status || instances.some((instance) => instance.alive)) return [];
    return [{ name, lastSeen: Math.max(0, ...instances.map((instance) => instance.lastSeen)) }];
  });
}

/** What an ended sync lacks: "3 rejected, 2 missing". */
export function lacksOf(progress, say) {
  const counts = { rejected: progress.rejected, missing: progress.missing, pages: progress.failedPages?.length };
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  return named.map(([lack, count]) => say(`lack.${lack}`, { count })).join(", ") || say("lack.doubt");
}

/** What the reader can do now; empty where there is nothing to do. */
export function adviceOf(progress, say) {
  const state = stateOf(progress);
  if (state === "incomplete") return say(progress.rejected > 0 ? "advice.rejected" : "advice.missing");
  return ["idle", "stalled", "failed", "cancelled"].includes(state) ? say(`advice.${state}`) : "";
}

/** May the sync be gone on with? The gateway has the last word. */
export function isResumable(progress, now) {
  const ended = progress?.endTime ?? 0;
  return ["failed", "cancelled"].includes(progress?.status) && now - ended < 24 * 3_600_000;
}
