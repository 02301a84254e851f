// HTTP client of the gateway, with three errors: GatewayAway (no answer), KeyRequired, RequestRefused.

const TIMEOUT_MS = 40_000;

export class GatewayAway extends Error {}

export class KeyRequired extends Error {}

/** The gateway's problem document: `code` for programs, `message` in English. */
export class RequestRefused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.syncId = problem.syncId ?? null;
  }
}

/** Calls `onAnswer` for every answer, also for a refusal: the gateway is there. */
export function createApi(onAnswer) {
  const call = async (method, path, options = {}) => {
    const response = await send(method, path, options);
    onAnswer();
    return bodyOf(response);
  };
  return {
    get: (path, query = {}) => call("GET", `api/hemis/${path}${queryString(query)}`),
    post: (path, body, headers = {}) => call("POST", `api/hemis/${path}`, { body, headers }),
    delete: (path) => call("DELETE", `api/hemis/${path}`),
  };
}

/** A random key. Unlike crypto.randomUUID it also works without HTTPS. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function queryString(query) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function send(method, path, { body, headers }) {
  const contentType = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(path, {
      method,
      headers: { ...contentType, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new GatewayAway(error.message);
  }
}

async function bodyOf(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  if (response.status === 401) throw new KeyRequired(body.detail);
  // A proxy answers for a gateway that it cannot reach.
  if ([502, 504].includes(response.status) && !body.code) throw new GatewayAway(`HTTP ${response.status}`);
  throw new RequestRefused(response.status, body);
}
