// Keeps the page true: pushed by the gateway where it can, asked for where not, and when the
// gateway is away it says so and tries again until it is back.

import { Away, Locked } from "./api.js";
import { RESOURCE_NAMES } from "./resources.js";

const STEP_MS = 2_000;
const IDLE_MS = 8_000;
const STATUS_MS = 10_000;
const REOPEN_MS = 15_000;
const ACTIVE = new Set(["requested", "running", "stalled"]);

/** `took(resource, progress)` is told of each progress object, pushed or asked for. */
export function createLive(api, store, took) {
  const channels = RESOURCE_NAMES.map((name) => ({ name, source: null, retryAt: 0, askAt: 0, isPushed: false }));
  let statusAt = 0;

  function open(channel) {
    channel.source = new EventSource(`api/hemis/progress/${channel.name}/stream`);
    channel.source.addEventListener("progress", (event) => {
      channel.isPushed = true;
      store.set({ awaySince: null, reading: false });
      took(channel.name, JSON.parse(event.data));
    });
    channel.source.addEventListener("error", () => lost(channel));
  }

  // The browser tries again by itself, unless the answer was no stream; until then we ask.
  function lost(channel) {
    channel.isPushed = false;
    if (channel.source?.readyState !== EventSource.CLOSED) return;
    channel.source = null;
    channel.retryAt = Date.now() + REOPEN_MS;
  }

  function close(channel) {
    channel.source?.close();
    Object.assign(channel, { source: null, isPushed: false, retryAt: 0, askAt: 0 });
  }

  async function ask(channel) {
    const progress = await api.get(`progress/${channel.name}`);
    channel.askAt = Date.now() + (ACTIVE.has(progress.status) ? STEP_MS / 2 : IDLE_MS);
    store.set({ reading: false });
    took(channel.name, progress);
  }

  async function askAll() {
    const now = Date.now();
    for (const channel of channels) {
      if (channel.source === null && now >= channel.retryAt) open(channel);
      if (!channel.isPushed && now >= channel.askAt) await ask(channel);
    }
    if (now >= statusAt) await askStatus();
  }

  // Also where everything is pushed: a dead network closes no stream.
  async function askStatus() {
    statusAt = Date.now() + STATUS_MS;
    store.set({ status: await api.get("status") });
    const { items } = await api.get("doctor");
    store.set({ findings: items.filter(({ code }) => code !== "ok") });
  }

  async function step() {
    if (document.hidden || store.get().locked) return;
    try {
      await askAll();
    } catch (error) {
      failed(error);
    }
  }

  function failed(error) {
    if (error instanceof Away) {
      for (const channel of channels) channel.askAt = 0;
      store.set({ awaySince: store.get().awaySince ?? Date.now() });
    } else if (error instanceof Locked) {
      channels.forEach(close);
      store.set({ locked: true });
    } else {
      store.set({ reading: error.code === "not_caught_up" });
    }
  }

  async function run() {
    await step();
    store.set({ now: Date.now() });
    setTimeout(run, STEP_MS);
  }

  // A browser has six connections to one address: a page nobody sees must not hold three.
  document.addEventListener("visibilitychange", () => (document.hidden ? channels.forEach(close) : step()));
  return { run, refresh: () => { channels.forEach((channel) => { channel.askAt = 0; }); statusAt = 0; return step(); } };
}
