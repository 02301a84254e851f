// `#/history?resource=students` ⇄ { view: "history", id: "", query: { resource: "students" } }

const VIEWS = new Set(["overview", "history", "syncs", "schedule", "dead-letters", "services"]);

/** Reads an address. An unknown address is the overview. Pure. */
export function routeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", id = ""] = path.split("/");
  const known = VIEWS.has(view) ? view : "overview";
  return { view: known, id: decoded(id), query: Object.fromEntries(new URLSearchParams(query)) };
}

/** Writes the address of a view, without empty values. Pure. */
export function hashOf(view, id = "", query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  const name = view === "overview" ? "" : view;
  return `#/${name}${id ? `/${encodeURIComponent(id)}` : ""}${search}`;
}

function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // an incomplete escape: no address of this page has one
  }
}
