// Describes the usual cron expressions in words. Pure.

const NUMBER = /^\d{1,2}$/;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Returns a sentence, or null for an expression without a description. */
export function scheduleSentence(cron, t) {
  const [minute, hour, day, month, weekday] = cron.split(/\s+/);
  if (day !== "*" || month !== "*") return null;
  return intervalSentence(minute, hour, weekday, t) ?? timesSentence(minute, hour, weekday, t);
}

function intervalSentence(minute, hour, weekday, t) {
  if (weekday !== "*") return null;
  const step = (field) => /^\*\/(\d{1,2})$/.exec(field)?.[1];
  if (hour === "*" && step(minute)) return t("schedule.minutes", { count: Number(step(minute)) });
  if (!NUMBER.test(minute)) return null;
  if (hour === "*") return t("schedule.hourly", { minute: twoDigits(minute) });
  return step(hour) ? t("schedule.hours", { count: Number(step(hour)), minute: twoDigits(minute) }) : null;
}

function timesSentence(minute, hour, weekday, t) {
  const hours = hour.split(",");
  if (!NUMBER.test(minute) || !hours.every((one) => NUMBER.test(one))) return null;
  const times = hours.map((one) => `${twoDigits(one)}:${twoDigits(minute)}`).join(", ");
  if (weekday === "*") return t("schedule.daily", { times });
  const days = weekdayNames(weekday, t);
  return days && t("schedule.weekly", { days, times });
}

function twoDigits(number) {
  return number.padStart(2, "0");
}

function weekdayNames(field, t) {
  const days = field.toLowerCase().split(",").flatMap(weekdayRange);
  return days.every((day) => day !== null) ? days.map((day) => t(`weekday.${day}`)).join(", ") : null;
}

function weekdayRange(part) {
  const [first, last = first] = part.split("-").map(weekdayNumber);
  if (first === null || last === null || last < first) return [null];
  return Array.from({ length: last - first + 1 }, (_, step) => (first + step) % 7);
}

function weekdayNumber(name) {
  if (/^[0-7]$/.test(name)) return Number(name);
  const number = WEEKDAYS.indexOf(name);
  return number < 0 ? null : number;
}
