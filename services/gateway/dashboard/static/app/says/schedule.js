// A cron line in the reader's words, where it is one of the usual shapes. Pure.

const NUMBER = /^\d{1,2}$/;

/** Gives the sentence, or null where only the line itself can be shown. */
export function scheduleInWords(cron, say) {
  const [minute, hour, day, month, weekday] = cron.split(/\s+/);
  if (day !== "*" || month !== "*") return null;
  const often = every(minute, hour, weekday, say);
  if (often) return often;
  const times = timesOf(minute, hour);
  if (!times) return null;
  if (weekday === "*") return say("schedule.daily", { times });
  const days = weekdaysOf(weekday, say);
  return days && say("schedule.weekly", { days, times });
}

function every(minute, hour, weekday, say) {
  if (weekday !== "*") return null;
  const step = (field) => /^\*\/(\d{1,2})$/.exec(field)?.[1];
  if (hour === "*" && step(minute)) return say("schedule.minutes", { count: Number(step(minute)) });
  if (hour === "*" && NUMBER.test(minute)) return say("schedule.hourly", { minute: minute.padStart(2, "0") });
  if (step(hour) && NUMBER.test(minute)) {
    return say("schedule.hours", { count: Number(step(hour)), minute: minute.padStart(2, "0") });
  }
  return null;
}

function timesOf(minute, hour) {
  const hours = hour.split(",");
  if (!NUMBER.test(minute) || !hours.every((one) => NUMBER.test(one))) return null;
  return hours.map((one) => `${one.padStart(2, "0")}:${minute.padStart(2, "0")}`).join(", ");
}

const NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function weekdaysOf(field, say) {
  const days = field.toLowerCase().split(",").flatMap(spread);
  return days.every((day) => day !== null) ? days.map((day) => say(`weekday.${day}`)).join(", ") : null;
}

function spread(part) {
  const [first, last = first] = part.split("-").map(dayNumber);
  if (first === null || last === null || last < first) return [null];
  return Array.from({ length: last - first + 1 }, (_, step) => (first + step) % 7);
}

function dayNumber(word) {
  if (/^[0-7]$/.test(word)) return Number(word);
  const place = NAMES.indexOf(word);
  return place < 0 ? null : place;
}
