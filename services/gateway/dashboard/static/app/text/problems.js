// Explains why the gateway refused a request. Pure.

import { GatewayAway } from "../api.js";

const TRANSLATED = new Set([
  "sync_active", "not_confirmed", "not_caught_up", "not_cancellable", "not_resumable", "nothing_held",
  "nothing_paused", "unknown_sync", "record_not_found", "record_mismatch", "hemis_failed",
  "sync_cancelled", "not_taken", "invalid_request", "forbidden", "wrong_key", "too_many_tries", "not_found",
  "not_retryable",
]);
const BY_STATUS = { 403: "forbidden", 404: "not_found", 422: "invalid_request", 429: "too_many_tries" };

/** Returns { text, detail }: a translated sentence, and the gateway's English one. */
export function problemText(error, t) {
  if (error instanceof GatewayAway) return { text: t("problem.away"), detail: "" };
  const code = TRANSLATED.has(error.code) ? error.code : BY_STATUS[error.status] ?? "other";
  return { text: t(`problem.${code}`), detail: error.message };
}
