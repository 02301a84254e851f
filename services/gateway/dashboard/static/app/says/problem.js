// Why a request was not carried out, in the reader's words. Pure.

import { Away } from "../api.js";

const KNOWN = new Set([
  "sync_active", "not_confirmed", "not_caught_up", "not_cancellable", "not_resumable", "nothing_held",
  "nothing_paused", "unknown_sync", "record_not_found", "record_mismatch", "hemis_failed",
  "sync_cancelled", "not_taken", "invalid_request", "forbidden", "wrong_key", "too_many_tries", "not_found",
  "not_retryable",
]);

/** Gives { text, detail }: our sentence, and the gateway's English one beneath it. */
export function problemInWords(error, say) {
  if (error instanceof Away) return { text: say("problem.away"), detail: "" };
  const code = STATUS_CODES[error.status] && !KNOWN.has(error.code) ? STATUS_CODES[error.status] : error.code;
  const text = KNOWN.has(code) ? say(`problem.${code}`) : say("problem.other");
  return { text, detail: error.message };
}

const STATUS_CODES = { 403: "forbidden", 404: "not_found", 422: "invalid_request", 429: "too_many_tries" };
