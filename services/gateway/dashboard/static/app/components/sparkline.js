// The last syncs of a resource: a bar for each, its height the duration, and the same in words.

import { h } from "../dom.js";
import { ACTIVE, stateOf, toneOf } from "../text/state.js";

const SHOWN = 14;
const HEIGHT = 32;
const BAR_DISTANCE = 12;

/** `syncs`: newest first, as the history gives them. */
export function sparkline(syncs, context) {
  const ended = syncs.filter((sync) => sync.kind !== "single" && !ACTIVE.has(sync.status)).slice(0, SHOWN).reverse();
  if (ended.length < 2) return null;
  const width = ended.length * BAR_DISTANCE;
  return h("figure", { class: "sparkline" },
    h("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, "aria-hidden": "true" }, bars(ended)),
    h("figcaption", {}, caption(ended, context)));
}

function bars(ended) {
  const longest = Math.max(1, ...ended.map((sync) => sync.durationSeconds));
  return ended.map((sync, index) => {
    const height = Math.max(4, Math.round((HEIGHT - 2) * (sync.durationSeconds / longest)));
    return h("rect", {
      class: toneOf(stateOf(sync)), x: index * BAR_DISTANCE + 1, y: HEIGHT - 1 - height, width: BAR_DISTANCE - 4, height, rx: 1.5,
    });
  });
}

function caption(ended, { t, format, state }) {
  const counts = ["complete", "incomplete", "failed", "cancelled"].map((name) => {
    const count = ended.filter((sync) => stateOf(sync) === name).length;
    return count ? t(`runs.${name}`, { count }) : null;
  });
  const last = ended.at(-1);
  const when = format.ago(last.endTime ?? state.now, state.now);
  return [
    t("runs.last", { count: ended.length }), counts.filter(Boolean).join(", ") + ".",
    t("runs.newest", { when, duration: format.duration(last.durationSeconds) }),
  ].join(" ");
}
