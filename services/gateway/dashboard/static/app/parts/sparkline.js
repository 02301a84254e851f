// The last runs of a resource at a glance: a bar each, its height the duration, with the same in words.

import { h } from "../dom.js";
import { stateOf, toneOf, ACTIVE } from "../says/state.js";

const SHOWN = 14;
const HEIGHT = 32;
const STEP = 12;

/** `syncs` newest first, as the history gives them. */
export function sparkline(syncs, { say, format, now }) {
  const ended = syncs.filter((sync) => sync.kind !== "single" && !ACTIVE.has(sync.status)).slice(0, SHOWN).reverse();
  if (ended.length < 2) return null;
  return h("figure", { class: "sparkline" },
    h("svg", { viewBox: `0 0 ${ended.length * STEP} ${HEIGHT}`, width: ended.length * STEP, height: HEIGHT, "aria-hidden": "true" },
      bars(ended)),
    h("figcaption", {}, inWords(ended, { say, format, now })));
}

function bars(ended) {
  const longest = Math.max(1, ...ended.map((sync) => sync.durationSeconds));
  return ended.map((sync, place) => {
    const height = Math.max(4, Math.round((HEIGHT - 2) * (sync.durationSeconds / longest)));
    return h("rect", {
      class: toneOf(stateOf(sync)), x: place * STEP + 1, y: HEIGHT - 1 - height, width: STEP - 4, height, rx: 1.5,
    });
  });
}

function inWords(ended, { say, format, now }) {
  const counts = ["complete", "incomplete", "failed", "cancelled"].map((state) => {
    const count = ended.filter((sync) => stateOf(sync) === state).length;
    return count ? say(`runs.${state}`, { count }) : null;
  });
  const last = ended.at(-1);
  const when = format.ago(last.endTime ?? now, now);
  return [
    say("runs.last", { count: ended.length }), counts.filter(Boolean).join(", ") + ".",
    say("runs.newest", { when, duration: format.duration(last.durationSeconds) }),
  ].join(" ");
}
