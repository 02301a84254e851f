// Uzbek, Russian, English: which one, and how a sentence is filled in.

import { RESOURCES } from "./resources.js";

// Chromium says that it formats Uzbek and then writes "1970 M01 1": numbers and dates are written
// as in Russian, which is how official Uzbek texts write them in figures.
export const LANGUAGES = [
  { code: "uz", tag: "uz-Latn", name: "O‘zbekcha", figures: "ru" },
  { code: "ru", tag: "ru", name: "Русский", figures: "ru" },
  { code: "en", tag: "en", name: "English", figures: "en-GB" },
];

const REMEMBERED = "hemis-sync.language";

/** The remembered language, else the first of the browser's that we speak, else Uzbek. */
export function chosenLanguage(remembered, wished) {
  const codes = [remembered, ...wished].map((tag) => String(tag ?? "").toLowerCase().split("-")[0]);
  const known = codes.map((code) => LANGUAGES.find((language) => language.code === code));
  return known.find(Boolean) ?? LANGUAGES[0];
}

export function rememberedLanguage() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null; // storage may be forbidden; the browser's language then does
  }
}

export function rememberLanguage(code) {
  try {
    localStorage.setItem(REMEMBERED, code);
  } catch {
    // it is asked for again next time
  }
}

export async function loadWords(language) {
  const answer = await fetch(`dashboard/words/${language.code}.json`);
  const names = RESOURCES.map(({ name, labels }) => [`resource.${name}`, labels[language.code]]);
  return { ...(await answer.json()), ...Object.fromEntries(names) };
}

/**
 * Gives `say(key, values)`. A text is a string, or one string per plural category of `count`.
 * Numbers among the values are written as the language writes them.
 */
export function speaker(words, language) {
  const plural = new Intl.PluralRules(language.code);
  const figures = new Intl.NumberFormat(language.figures);
  return (key, values = {}) => {
    const text = words[key];
    // A word of a newer gateway, such as another trigger: better bare than no page.
    if (text === undefined) return key.slice(key.lastIndexOf(".") + 1);
    const chosen = typeof text === "string" ? text : text[plural.select(values.count)] ?? text.other;
    return chosen.replace(/\{(\w+)\}/g, (_, name) => written(values[name], figures));
  };
}

function written(value, figures) {
  return typeof value === "number" ? figures.format(value) : String(value ?? "");
}
