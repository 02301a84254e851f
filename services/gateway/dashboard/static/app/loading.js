// What a view shows beside the progress: loaded when it is opened, again every while, and when asked.

import { Locked, Refused } from "./api.js";

export function createLoading(api, store, views) {
  let again = null;

  async function load() {
    const { route } = store.get();
    const view = views[route.view];
    clearTimeout(again);
    if (view.load && !document.hidden) await show(view, route);
    if (view.seconds) again = setTimeout(load, view.seconds * 1000);
  }

  async function show(view, route) {
    const of = JSON.stringify(route);
    try {
      settle(of, { value: await view.load(api, route), failure: null });
    } catch (error) {
      if (error instanceof Locked) store.set({ locked: true });
      else if (error instanceof Refused) settle(of, { value: null, failure: error });
      // Away: the banner says so, and what was loaded stays.
    }
  }

  // Somebody may have gone on to another view meanwhile.
  function settle(of, outcome) {
    if (JSON.stringify(store.get().route) === of) store.set({ loaded: { of, ...outcome } });
  }

  return { load };
}
