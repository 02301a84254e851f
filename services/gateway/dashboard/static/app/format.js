// Numbers, times and durations as the reader's language writes them. Pure.

const DAY_MS = 86_400_000;

/** `say` gives the words, `figures` is the locale; times are unix milliseconds. */
export function formats(say, figures) {
  const number = new Intl.NumberFormat(figures, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(figures, { style: "percent" });
  const clock = new Intl.DateTimeFormat(figures, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(figures, {
    day: "2-digit", month: figures === "ru" ? "2-digit" : "short", year: "numeric",
    hour: "2-digit", minute: "2-digit",
  });
  return {
    number: (value) => number.format(value),
    percent: (part, whole) => percent.format(whole ? Math.min(1, Math.floor((100 * part) / whole) / 100) : 0),
    time: (at) => full.format(at),
    moment: (at, now) => (isSameDay(at, now) ? clock.format(at) : full.format(at)),
    duration: (seconds) => duration(say, seconds),
    ago: (at, now) => ago(say, at, now),
  };
}

function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

function duration(say, seconds) {
  if (seconds < 60) return say("duration.seconds", { seconds: Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    const rest = Math.floor(seconds % 60);
    return minutes >= 10 || rest === 0
      ? say("duration.minutes", { minutes })
      : say("duration.minutes_seconds", { minutes, seconds: rest });
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? say("duration.hours", { hours, minutes: minutes % 60 })
    : say("duration.days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

function ago(say, at, now) {
  const past = Math.max(0, now - at);
  if (past < 60_000) return say("ago.now");
  if (past < 3_600_000) return say("ago.minutes", { count: Math.floor(past / 60_000) });
  if (past < 2 * DAY_MS) return say("ago.hours", { count: Math.floor(past / 3_600_000) });
  return say("ago.days", { count: Math.floor(past / DAY_MS) });
}
