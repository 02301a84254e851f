// What the buttons do. Each action shows its result as a notice.

import { GatewayAway, KeyRequired, RequestRefused, randomKey } from "./api.js";
import { askConfirmation } from "./confirm.js";
import { problemText } from "./text/problems.js";

export function createActions(api, store, refresh) {
  // A request without an answer may still arrive. Sent again with its key, it is the same request.
  const idempotencyKeys = new Map();

  async function perform(name, request, noticeOf) {
    const { pending, t } = store.get();
    if (pending[name]) return null;
    store.set({ pending: { ...pending, [name]: true }, notice: null });
    try {
      const answer = await request();
      store.set({ notice: noticeOf(answer, t) });
      return answer;
    } catch (error) {
      showFailure(error);
      return null;
    } finally {
      store.set({ pending: { ...store.get().pending, [name]: false } });
      refresh();
    }
  }

  function showFailure(error) {
    if (error instanceof KeyRequired) return store.set({ needsKey: true });
    if (!(error instanceof GatewayAway || error instanceof RequestRefused)) throw error;
    if (error.code === "forbidden" || error.code === "read_only_key") store.set({ isReadOnly: true });
    return store.set({ notice: { tone: "bad", ...problemText(error, store.get().t), syncId: error.syncId } });
  }

  async function postOnce(name, path, body) {
    if (!idempotencyKeys.has(name)) idempotencyKeys.set(name, randomKey());
    const headers = { "Idempotency-Key": idempotencyKeys.get(name) };
    const answer = await api.post(path, body, headers).catch((error) => {
      const mayHaveArrived = error instanceof GatewayAway || error.status === 503;
      if (!mayHaveArrived) idempotencyKeys.delete(name);
      throw error;
    });
    idempotencyKeys.delete(name);
    return answer;
  }

  const done = (key) => (answer, t) => ({ tone: "good", text: t(key), syncId: answer.syncId ?? null });

  async function confirmAndPerform(question, name, request, noticeOf) {
    const { t } = store.get();
    const texts = { title: t(`${question}.title`), text: t(`${question}.text`), yes: t(`${question}.yes`) };
    if (await askConfirmation({ ...texts, no: t("confirm.no") })) await perform(name, request, noticeOf);
  }

  async function syncPerson(person, body) {
    const name = `person ${person}`;
    store.set({ personResults: { ...store.get().personResults, [person]: null } });
    const request = () => postOnce(name + JSON.stringify(body), `sync/${person}`, body);
    const answer = await perform(name, request, () => null);
    if (answer) store.set({ personResults: { ...store.get().personResults, [person]: answer } });
  }

  /** Reads what the user may do. Without API keys everything is allowed. */
  async function identify() {
    const caller = await api.get("session").catch(() => null);
    store.set({ isSignedIn: Boolean(caller?.name), isReadOnly: caller?.role === "read" });
  }

  async function signIn(key) {
    try {
      await api.post("session", { key });
      store.set({ needsKey: false, notice: null });
      await identify();
      refresh();
    } catch (error) {
      showFailure(error instanceof KeyRequired ? new RequestRefused(401, { code: "wrong_key", detail: error.message }) : error);
    }
  }

  async function signOut() {
    await perform("session", () => api.delete("session"), () => null);
    store.set({ needsKey: true });
  }

  return {
    start: (resource, mode) =>
      perform(`start ${resource}`, () => postOnce(`${resource} ${mode}`, `sync/${resource}?mode=${mode}`), done("done.started")),
    cancel: (resource, id) =>
      confirmAndPerform("confirm.cancel", `cancel ${resource}`, () => api.post(path`syncs/${id}/cancel`), done("done.cancelled")),
    resume: (resource, id) => perform(`start ${resource}`, () => api.post(path`syncs/${id}/resume`), done("done.resumed")),
    approveRemovals: (id) =>
      confirmAndPerform("confirm.approve", "removals", () => api.post(path`syncs/${id}/removals/approve`), done("done.approved")),
    discardRemovals: (id) => perform("removals", () => api.post(path`syncs/${id}/removals/discard`), done("done.discarded")),
    resumeLoading: (resource) =>
      confirmAndPerform("confirm.loading", "loading", () => api.post(path`loading/${resource}/resume`), done("done.loading")),
    retryDeadLetter: (id) => perform(`dead letter ${id}`, () => api.post(path`dead-letters/${id}/retry`), done("done.retried")),
    discardDeadLetter: (id) =>
      confirmAndPerform("confirm.discard", `dead letter ${id}`, () => api.post(path`dead-letters/${id}/discard`), done("done.dead_letter_discarded")),
    retryDeadLetters: (filter) =>
      confirmAndPerform("confirm.retry_all", "dead letters", () => api.post("dead-letters/retry", filter), done("done.retried_all")),
    syncPerson,
    identify,
    signIn,
    signOut,
    dismissNotice: () => store.set({ notice: null }),
  };
}

/** Builds a path and escapes its parameters. */
function path(texts, ...parameters) {
  return texts.reduce((whole, text, index) => whole + encodeURIComponent(parameters[index - 1]) + text);
}
