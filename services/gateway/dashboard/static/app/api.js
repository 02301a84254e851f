// HTTP to the gateway. Three ways it can fail: Away (no answer), Locked (a key is needed), Refused.

const PATIENCE_MS = 40_000;

export class Away extends Error {}

export class Locked extends Error {}

/** The gateway's problem document; `code` is for programs, `detail` its English sentence. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.syncId = problem.syncId ?? null;
  }
}

/** `heard` is told of every answer, whatever it says: the gateway is there. */
export function createApi(heard) {
  const ask = async (method, path, options = {}) => {
    const answer = await sent(method, path, options);
    heard();
    return understood(answer);
  };
  return {
    get: (path, query = {}) => ask("GET", `api/hemis/${path}${asked(query)}`),
    post: (path, body, headers = {}) => ask("POST", `api/hemis/${path}`, { body, headers }),
    forget: (path) => ask("DELETE", `api/hemis/${path}`),
  };
}

/** Unlike crypto.randomUUID it is there without https, too. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function asked(query) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? `?${new URLSearchParams(kept)}` : "";
}

async function sent(method, path, { body, headers }) {
  const written = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(path, {
      method,
      headers: { ...written, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Away(error.message);
  }
}

async function understood(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  if (answer.status === 401) throw new Locked(body.detail);
  // A proxy in front answers for a gateway that is not there.
  if ([502, 504].includes(answer.status) && !body.code) throw new Away(`HTTP ${answer.status}`);
  throw new Refused(answer.status, body);
}
