// Loads the data of the current view: when the view opens, at intervals, and after an action.

import { KeyRequired, RequestRefused } from "./api.js";

export function createViewLoader(api, store, views) {
  let timer = null;

  async function load() {
    const { route } = store.get();
    const view = views[route.view];
    clearTimeout(timer);
    if (view.load && !document.hidden) await loadView(view, route);
    if (view.reloadSeconds) timer = setTimeout(load, view.reloadSeconds * 1000);
  }

  async function loadView(view, route) {
    try {
      setLoaded(route, { value: await view.load(api, route), failure: null });
    } catch (error) {
      if (error instanceof KeyRequired) store.set({ needsKey: true });
      else if (error instanceof RequestRefused) setLoaded(route, { value: null, failure: error });
      // GatewayAway: a banner shows it, and the loaded data stays.
    }
  }

  // The user may have opened another view meanwhile.
  function setLoaded(route, result) {
    const routeKey = JSON.stringify(route);
    if (JSON.stringify(store.get().route) === routeKey) store.set({ loaded: { routeKey, ...result } });
  }

  return { load };
}
