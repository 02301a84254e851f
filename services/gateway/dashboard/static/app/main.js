// The composition root: what the page is made of, and what happens when something changes.

import { createActions } from "./actions.js";
import { createApi } from "./api.js";
import { patch } from "./dom.js";
import { formats } from "./format.js";
import { LANGUAGES, chosenLanguage, loadWords, rememberLanguage, rememberedLanguage, speaker } from "./language.js";
import { createLive } from "./live.js";
import { createLoading } from "./loading.js";
import { frame } from "./parts/frame.js";
import { routeOf } from "./router.js";
import { sentenceOf } from "./says/state.js";
import { EMPTY, createStore } from "./store.js";
import { history } from "./views/history.js";
import { key } from "./views/key.js";
import { letter } from "./views/letter.js";
import { letters } from "./views/letters.js";
import { overview } from "./views/overview.js";
import { schedule } from "./views/schedule.js";
import { services } from "./views/services.js";
import { sync } from "./views/sync.js";

const VIEWS = { overview, history, syncs: sync, schedule, services, "dead-letters": letters, letter };

const store = createStore({ ...EMPTY, route: routed() }, render);
const api = createApi(() => store.set({ awaySince: null }));
const loading = createLoading(api, store, VIEWS);
const live = createLive(api, store, took);
const act = { ...createActions(api, store, refresh), speak };

/** A dead letter's own page is a view of its own. */
function routed() {
  const route = routeOf(location.hash);
  return route.view === "dead-letters" && route.id ? { ...route, view: "letter" } : route;
}

async function speak(code) {
  const language = LANGUAGES.find((one) => one.code === code);
  const say = speaker(await loadWords(language), language);
  document.documentElement.lang = language.tag;
  store.set({ language, say, format: formats(say, language.figures) });
  rememberLanguage(code);
}

function refresh() {
  live.refresh();
  loading.load();
}

function took(resource, progress) {
  const { progress: known, say, format, now, status } = store.get();
  const before = known[resource];
  store.set({ progress: { ...known, [resource]: progress } });
  const isNews = before?.status !== progress.status || before?.syncId !== progress.syncId;
  if (before && isNews && say) {
    spoken(`${say(`resource.${resource}`)}: ${sentenceOf(progress, { say, format, now, status })}`);
  }
  if (isNews) refreshRecent(resource);
}

async function refreshRecent(resource) {
  const listed = await api.get("syncs", { resource, limit: 20 }).catch(() => null);
  if (listed) store.set({ recent: { ...store.get().recent, [resource]: listed.items } });
}

function spoken(text) {
  document.getElementById("spoken").textContent = text;
}

let lastNotice = null;

function render(state) {
  if (!state.say) return;
  const context = { say: state.say, format: state.format, state: present(state), act };
  const view = state.locked ? key : VIEWS[state.route.view];
  const home = document.activeElement?.closest("section, form, main")?.querySelector("[tabindex='-1']");
  patch(document.getElementById("page"), frame(context, view.render(context)));
  // What had the focus may be gone with what it did; a reader must not be sent to the top.
  if (document.activeElement === document.body && home?.isConnected) home.focus();
  document.title = `${view.title(context)} · hemis-sync`;
  if (state.notice && state.notice !== lastNotice) spoken(state.notice.text);
  lastNotice = state.notice;
}

// What another view loaded is not this one's.
function present(state) {
  const isOwn = state.loaded.of === JSON.stringify(state.route);
  return isOwn ? state : { ...state, loaded: EMPTY.loaded };
}

function moved() {
  store.set({ route: routed(), notice: null });
  loading.load();
  window.scrollTo(0, 0);
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector("h1")?.focus({ preventScroll: true })));
}

await speak(chosenLanguage(rememberedLanguage(), navigator.languages).code);
addEventListener("hashchange", moved);
act.identify();
loading.load();
live.run();
