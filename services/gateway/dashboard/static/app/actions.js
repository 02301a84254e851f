// What the buttons do. Each says how it ended, in the reader's words.

import { Away, Locked, Refused, randomKey } from "./api.js";
import { confirmed } from "./question.js";
import { problemInWords } from "./says/problem.js";

export function createActions(api, store, refresh) {
  // An unanswered request may still arrive: asking again with its key is asking for the same.
  const keys = new Map();

  async function perform(name, request, outcome) {
    const { busy, say } = store.get();
    if (busy[name]) return null;
    store.set({ busy: { ...busy, [name]: true }, notice: null });
    try {
      const answer = await request();
      store.set({ notice: outcome(answer, say) });
      return answer;
    } catch (error) {
      failed(error);
      return null;
    } finally {
      store.set({ busy: { ...store.get().busy, [name]: false } });
      refresh();
    }
  }

  function failed(error) {
    if (error instanceof Locked) return store.set({ locked: true });
    if (!(error instanceof Away || error instanceof Refused)) throw error;
    if (error.code === "forbidden" || error.code === "read_only_key") store.set({ readOnly: true });
    return store.set({ notice: { tone: "bad", ...problemInWords(error, store.get().say), syncId: error.syncId } });
  }

  async function keyed(name, path, body) {
    if (!keys.has(name)) keys.set(name, randomKey());
    const answer = await api.post(path, body, { "Idempotency-Key": keys.get(name) }).catch((error) => {
      const isOpen = error instanceof Away || error.status === 503;
      if (!isOpen) keys.delete(name);
      throw error;
    });
    keys.delete(name);
    return answer;
  }

  const said = (key, tone = "good") => (answer, say) => ({ tone, text: say(key), syncId: answer.syncId ?? null });

  async function asked(question, name, request, outcome) {
    const { say } = store.get();
    const words = { title: say(`${question}.title`), text: say(`${question}.text`), yes: say(`${question}.yes`) };
    if (await confirmed({ ...words, no: say("question.no") })) await perform(name, request, outcome);
  }

  return {
    start: (resource, mode) =>
      perform(`start ${resource}`, () => keyed(`${resource} ${mode}`, `sync/${resource}?mode=${mode}`), said("done.started")),
    cancel: (resource, id) =>
      asked("question.cancel", `cancel ${resource}`, () => api.post(path`syncs/${id}/cancel`), said("done.cancelled")),
    resume: (resource, id) => perform(`start ${resource}`, () => api.post(path`syncs/${id}/resume`), said("done.resumed")),
    approveRemovals: (id) =>
      asked("question.approve", "removals", () => api.post(path`syncs/${id}/removals/approve`), said("done.approved")),
    discardRemovals: (id) => perform("removals", () => api.post(path`syncs/${id}/removals/discard`), said("done.discarded")),
    resumeLoading: (resource) =>
      asked("question.loading", "loading", () => api.post(path`loading/${resource}/resume`), said("done.loading")),
    syncPerson: (person, body) => singlePerson(person, body),
    retryLetter: (id) => perform(`letter ${id}`, () => api.post(path`dead-letters/${id}/retry`), said("done.retried")),
    discardLetter: (id) =>
      asked("question.letter", `letter ${id}`, () => api.post(path`dead-letters/${id}/discard`), said("done.letter_discarded")),
    retryLetters: (filter) =>
      asked("question.letters", "letters", () => api.post("dead-letters/retry", filter), said("done.retried_many")),
    signIn: (key) => signIn(key),
    signOut: () => perform("session", () => api.forget("session"), () => null).then(() => store.set({ locked: true })),
    identify,
    dismiss: () => store.set({ notice: null }),
  };

  async function singlePerson(person, body) {
    const name = `single ${person}`;
    store.set({ found: { ...store.get().found, [person]: null } });
    const answer = await perform(name, () => keyed(name + JSON.stringify(body), `sync/${person}`, body), () => null);
    if (answer) store.set({ found: { ...store.get().found, [person]: answer } });
  }

  /** Learn what the reader may do; where no keys are in use, everything. */
  async function identify() {
    const caller = await api.get("session").catch(() => null);
    store.set({ signedIn: Boolean(caller?.name), readOnly: caller?.role === "read" });
  }

  async function signIn(key) {
    try {
      await api.post("session", { key });
      store.set({ locked: false, notice: null });
      await identify();
      refresh();
    } catch (error) {
      const shown = error instanceof Locked ? new Refused(401, { code: "wrong_key", detail: error.message }) : error;
      failed(shown);
    }
  }
}

/** A path whose parts came from elsewhere. */
function path(texts, ...parts) {
  return texts.reduce((whole, text, place) => whole + encodeURIComponent(parts[place - 1]) + text);
}
