// The state of the page: one value, replaced as a whole. `onChange` is called at most once a frame.

export function createStore(initial, onChange) {
  let state = initial;
  let isScheduled = false;
  const notify = () => {
    isScheduled = false;
    onChange(state);
  };
  return {
    get: () => state,
    set(change) {
      state = { ...state, ...change };
      if (!isScheduled) requestAnimationFrame(notify);
      isScheduled = true;
    },
  };
}

export const INITIAL_STATE = {
  language: null,
  /** Translates a key; see language.js. */
  t: null,
  format: null,
  now: Date.now(),
  route: null,
  /** Progress object by resource. */
  progress: {},
  /** The last syncs by resource, newest first. */
  recentSyncs: {},
  /** The answer of /status; null until it arrives. */
  status: null,
  /** The problems that /doctor found; null until its answer arrives. */
  findings: null,
  /** Since when the gateway does not answer. */
  awaySince: null,
  /** The gateway has just started and is reading its topics. */
  isCatchingUp: false,
  needsKey: false,
  /** The session's key may only read. */
  isReadOnly: false,
  isSignedIn: false,
  /** The data of the current view. */
  loaded: { routeKey: "", value: null, failure: null },
  /** The result of the last action: { tone, text, detail, syncId }. */
  notice: null,
  /** The answers to requests for one person. */
  personResults: {},
  /** Names of the actions that wait for an answer. */
  pending: {},
};
