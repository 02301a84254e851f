// Chooses the language and translates texts: Uzbek, Russian, English.

import { RESOURCES } from "./resources.js";

// Chromium writes Uzbek dates as "1970 M01 1". Numbers and dates are therefore written as in Russian,
// as official Uzbek texts write them.
export const LANGUAGES = [
  { code: "uz", tag: "uz-Latn", name: "O‘zbekcha", locale: "ru" },
  { code: "ru", tag: "ru", name: "Русский", locale: "ru" },
  { code: "en", tag: "en", name: "English", locale: "en-GB" },
];

const STORAGE_KEY = "hemis-sync.language";

/** Returns the remembered language, else the browser's first language that we have, else Uzbek. */
export function chooseLanguage(remembered, preferred) {
  const codes = [remembered, ...preferred].map((tag) => String(tag ?? "").toLowerCase().split("-")[0]);
  const known = codes.map((code) => LANGUAGES.find((language) => language.code === code));
  return known.find(Boolean) ?? LANGUAGES[0];
}

export function rememberedLanguage() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null; // the browser forbids storage
  }
}

export function rememberLanguage(code) {
  try {
    localStorage.setItem(STORAGE_KEY, code);
  } catch {
    // The browser forbids storage: the next visit starts with the browser's language.
  }
}

export async function loadTexts(language) {
  const response = await fetch(`dashboard/locales/${language.code}.json`);
  const names = RESOURCES.map(({ name, labels }) => [`resource.${name}`, labels[language.code]]);
  return { ...(await response.json()), ...Object.fromEntries(names) };
}

/**
 * Returns `t(key, values)`, which translates a key and fills in the values.
 * A text is a string, or one string for each plural category of `count`.
 */
export function createTranslator(texts, language) {
  const plural = new Intl.PluralRules(language.code);
  const number = new Intl.NumberFormat(language.locale);
  return (key, values = {}) => {
    const text = texts[key];
    // A newer gateway may send a value without a translation, such as a new trigger.
    if (text === undefined) return key.slice(key.lastIndexOf(".") + 1);
    const chosen = typeof text === "string" ? text : text[plural.select(values.count)] ?? text.other;
    return chosen.replace(/\{(\w+)\}/g, (_, name) => formatted(values[name], number));
  };
}

function formatted(value, number) {
  return typeof value === "number" ? number.format(value) : String(value ?? "");
}
