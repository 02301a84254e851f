// The composition root: builds the page and connects its parts.

import { createActions } from "./actions.js";
import { createApi } from "./api.js";
import { frame } from "./components/frame.js";
import { patch } from "./dom.js";
import { createFormat } from "./format.js";
import { LANGUAGES, chooseLanguage, createTranslator, loadTexts, rememberLanguage, rememberedLanguage } from "./language.js";
import { createLiveUpdates } from "./live-updates.js";
import { routeOf } from "./router.js";
import { INITIAL_STATE, createStore } from "./store.js";
import { sentenceOf, withMode } from "./text/state.js";
import { createViewLoader } from "./view-loader.js";
import { deadLetter } from "./views/dead-letter.js";
import { deadLetters } from "./views/dead-letters.js";
import { history } from "./views/history.js";
import { overview } from "./views/overview.js";
import { schedule } from "./views/schedule.js";
import { services } from "./views/services.js";
import { signIn } from "./views/sign-in.js";
import { sync } from "./views/sync.js";

const VIEWS = { overview, history, syncs: sync, schedule, services, "dead-letters": deadLetters, "dead-letter": deadLetter };

const store = createStore({ ...INITIAL_STATE, route: currentRoute() }, render);
const api = createApi(() => store.set({ awaySince: null }));
const viewLoader = createViewLoader(api, store, VIEWS);
const liveUpdates = createLiveUpdates(api, store, onProgress);
const actions = { ...createActions(api, store, refresh), setLanguage };

/** The page of one dead letter is a view of its own. */
function currentRoute() {
  const route = routeOf(location.hash);
  return route.view === "dead-letters" && route.id ? { ...route, view: "dead-letter" } : route;
}

async function setLanguage(code) {
  const language = LANGUAGES.find((one) => one.code === code);
  const t = createTranslator(await loadTexts(language), language);
  document.documentElement.lang = language.tag;
  store.set({ language, t, format: createFormat(t, language.locale) });
  rememberLanguage(code);
}

function refresh() {
  liveUpdates.refresh();
  viewLoader.load();
}

function onProgress(resource, pushed) {
  const state = store.get();
  const { t, format } = state;
  const progress = withMode(pushed, state.recentSyncs[resource]);
  const before = state.progress[resource];
  store.set({ progress: { ...state.progress, [resource]: progress } });
  const isNews = before?.status !== progress.status || before?.syncId !== progress.syncId;
  if (before && isNews && t) announce(`${t(`resource.${resource}`)}: ${sentenceOf(progress, { t, format, state })}`);
  if (isNews) loadRecentSyncs(resource);
}

async function loadRecentSyncs(resource) {
  const answer = await api.get("syncs", { resource, limit: 20 }).catch(() => null);
  if (!answer) return;
  const { recentSyncs, progress } = store.get();
  store.set({
    recentSyncs: { ...recentSyncs, [resource]: answer.items },
    progress: { ...progress, [resource]: withMode(progress[resource], answer.items) },
  });
}

/** Lets a screen reader read the text. */
function announce(text) {
  document.getElementById("announcement").textContent = text;
}

let lastNotice = null;

function render(state) {
  if (!state.t) return;
  const context = { t: state.t, format: state.format, state: withOwnData(state), actions };
  const view = state.needsKey ? signIn : VIEWS[state.route.view];
  const fallback = document.activeElement?.closest("section, form, main")?.querySelector("[tabindex='-1']");
  patch(document.getElementById("page"), frame(context, view.render(context)));
  // The focused button may have disappeared. The focus then stays in its section.
  if (document.activeElement === document.body && fallback?.isConnected) fallback.focus();
  document.title = `${view.title(context)} · hemis-sync`;
  if (state.notice && state.notice !== lastNotice) announce(state.notice.text);
  lastNotice = state.notice;
}

/** Drops the data that another view has loaded. */
function withOwnData(state) {
  const isOwn = state.loaded.routeKey === JSON.stringify(state.route);
  return isOwn ? state : { ...state, loaded: INITIAL_STATE.loaded };
}

function onRouteChange() {
  store.set({ route: currentRoute(), notice: null });
  viewLoader.load();
  window.scrollTo(0, 0);
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector("h1")?.focus({ preventScroll: true })));
}

await setLanguage(chooseLanguage(rememberedLanguage(), navigator.languages).code);
addEventListener("hashchange", onRouteChange);
actions.identify();
viewLoader.load();
liveUpdates.run();
