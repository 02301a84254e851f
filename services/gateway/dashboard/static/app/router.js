// `#/history?resource=students` ⇄ { view: "history", id: null, query: { resource: "students" } }

const VIEWS = new Set(["overview", "history", "syncs", "schedule", "dead-letters", "services"]);

/** An unknown address is the overview. Pure. */
export function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", id = ""] = path.split("/");
  const known = VIEWS.has(view) ? view : "overview";
  return { view: known, id: decoded(id), query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view; empty values are left out. Pure. */
export function hashOf(view, id = "", query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value);
  const asked = kept.length ? `?${new URLSearchParams(kept)}` : "";
  const name = view === "overview" ? "" : view;
  return `#/${name}${id ? `/${encodeURIComponent(id)}` : ""}${asked}`;
}

function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // a half-written escape is no address of ours
  }
}
