// What the page knows: one value, replaced as a whole; whoever listens is told once a frame.

export function createStore(initial, changed) {
  let state = initial;
  let asked = false;
  const tell = () => {
    asked = false;
    changed(state);
  };
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      if (!asked) requestAnimationFrame(tell);
      asked = true;
    },
  };
}

export const EMPTY = {
  language: null,
  say: null,
  format: null,
  now: Date.now(),
  route: null,
  /** Progress object by resource. */
  progress: {},
  /** The last syncs of each resource, newest first. */
  recent: {},
  /** The answer of /status; null until it came, or where the gateway has none. */
  status: null,
  /** What /doctor found wrong. */
  findings: [],
  awaySince: null,
  /** The gateway has just started and is reading its topics. */
  reading: false,
  locked: false,
  /** Set where the session's key may only read. */
  readOnly: false,
  /** Set where keys are in use: there is something to sign out of. */
  signedIn: false,
  /** What the present view has loaded: { of, value, failure }. */
  loaded: { of: "", value: null, failure: null },
  /** The last thing that was asked for: { tone, text, detail, link }. */
  notice: null,
  /** What single requests found, by resource. */
  found: {},
  /** Names of the requests under way. */
  busy: {},
};
