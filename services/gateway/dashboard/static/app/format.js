// Formats numbers, times and durations for the user's language. Pure.

const DAY_MS = 86_400_000;

/** Times are unix milliseconds. */
export function createFormat(t, locale) {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent" });
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const full = new Intl.DateTimeFormat(locale, {
    day: "2-digit", month: locale === "ru" ? "2-digit" : "short", year: "numeric",
    hour: "2-digit", minute: "2-digit",
  });
  return {
    number: (value) => number.format(value),
    percent: (part, whole) => percent.format(whole ? Math.min(1, Math.floor((100 * part) / whole) / 100) : 0),
    dateTime: (at) => full.format(at),
    timeOrDate: (at, now) => (isSameDay(at, now) ? clock.format(at) : full.format(at)),
    duration: (seconds) => duration(t, seconds),
    ago: (at, now) => ago(t, at, now),
  };
}

function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

function duration(t, seconds) {
  if (seconds < 60) return t("duration.seconds", { seconds: Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    const rest = Math.floor(seconds % 60);
    return minutes >= 10 || rest === 0
      ? t("duration.minutes", { minutes })
      : t("duration.minutes_seconds", { minutes, seconds: rest });
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? t("duration.hours", { hours, minutes: minutes % 60 })
    : t("duration.days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

function ago(t, at, now) {
  const elapsed = Math.max(0, now - at);
  if (elapsed < 60_000) return t("ago.now");
  if (elapsed < 3_600_000) return t("ago.minutes", { count: Math.floor(elapsed / 60_000) });
  if (elapsed < 2 * DAY_MS) return t("ago.hours", { count: Math.floor(elapsed / 3_600_000) });
  return t("ago.days", { count: Math.floor(elapsed / DAY_MS) });
}
