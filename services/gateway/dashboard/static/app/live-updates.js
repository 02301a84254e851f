// Keeps the progress and the status up to date. The gateway pushes progress over a stream; without a
// stream the page polls. While the gateway is away the page shows it and tries again.

import { GatewayAway, KeyRequired } from "./api.js";
import { RESOURCE_NAMES } from "./resources.js";
import { ACTIVE } from "./text/state.js";

const TICK_MS = 2_000;
const IDLE_POLL_MS = 8_000;
const STATUS_POLL_MS = 10_000;
const REOPEN_MS = 15_000;

/** Calls `onProgress(resource, progress)` for each progress object, pushed or polled. */
export function createLiveUpdates(api, store, onProgress) {
  const channels = RESOURCE_NAMES.map((name) => ({ name, stream: null, reopenAt: 0, pollAt: 0, isPushed: false }));
  let statusAt = 0;

  function open(channel) {
    channel.stream = new EventSource(`api/hemis/progress/${channel.name}/stream`);
    channel.stream.addEventListener("progress", (event) => {
      channel.isPushed = true;
      store.set({ awaySince: null, isCatchingUp: false });
      onProgress(channel.name, JSON.parse(event.data));
    });
    channel.stream.addEventListener("error", () => onStreamError(channel));
  }

  // The browser reconnects by itself unless the answer was not a stream; until then the page polls.
  function onStreamError(channel) {
    channel.isPushed = false;
    if (channel.stream?.readyState !== EventSource.CLOSED) return;
    channel.stream = null;
    channel.reopenAt = Date.now() + REOPEN_MS;
  }

  function close(channel) {
    channel.stream?.close();
    Object.assign(channel, { stream: null, isPushed: false, reopenAt: 0, pollAt: 0 });
  }

  async function pollProgress(channel) {
    const progress = await api.get(`progress/${channel.name}`);
    channel.pollAt = Date.now() + (ACTIVE.has(progress.status) ? TICK_MS / 2 : IDLE_POLL_MS);
    store.set({ isCatchingUp: false });
    onProgress(channel.name, progress);
  }

  async function pollAll() {
    const now = Date.now();
    for (const channel of channels) {
      if (channel.stream === null && now >= channel.reopenAt) open(channel);
      if (!channel.isPushed && now >= channel.pollAt) await pollProgress(channel);
    }
    if (now >= statusAt) await pollStatus();
  }

  // Polled also while streams are open: a network that fails closes no stream.
  async function pollStatus() {
    statusAt = Date.now() + STATUS_POLL_MS;
    store.set({ status: await api.get("status") });
    const { items } = await api.get("doctor");
    store.set({ findings: items.filter(({ code }) => code !== "ok") });
  }

  async function tick() {
    if (document.hidden || store.get().needsKey) return;
    try {
      await pollAll();
    } catch (error) {
      onPollError(error);
    }
  }

  function onPollError(error) {
    if (error instanceof GatewayAway) {
      for (const channel of channels) channel.pollAt = 0;
      store.set({ awaySince: store.get().awaySince ?? Date.now() });
    } else if (error instanceof KeyRequired) {
      channels.forEach(close);
      store.set({ needsKey: true });
    } else {
      store.set({ isCatchingUp: error.code === "not_caught_up" });
    }
  }

  async function run() {
    await tick();
    store.set({ now: Date.now() });
    setTimeout(run, TICK_MS);
  }

  function refresh() {
    for (const channel of channels) channel.pollAt = 0;
    statusAt = 0;
    return tick();
  }

  // A browser opens at most six connections to one address, so a hidden page keeps none.
  document.addEventListener("visibilitychange", () => (document.hidden ? channels.forEach(close) : tick()));
  return { run, refresh };
}
