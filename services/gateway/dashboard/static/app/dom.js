// Views are pure functions that give trees; here a tree becomes elements, and the next one changes
// only what differs, so that focus, open details and half-written fields stay. Text only ever
// becomes text: there is no way from a name to markup.

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "rect", "path", "line", "circle"]);

/** A tree: `h("p", { class: "quiet" }, "text", h("b", {}, "more"))`; nothing is left out. */
export function h(tag, attributes, ...children) {
  const shown = children.flat(Infinity).filter((child) => child || child === 0);
  return { tag, attributes: attributes ?? {}, children: shown };
}

/** Makes the children of an element equal to the trees. */
export function patch(parent, trees) {
  trees.forEach((tree, place) => settle(parent, tree, place));
  while (parent.childNodes.length > trees.length) parent.lastChild.remove();
}

function settle(parent, tree, place) {
  const present = parent.childNodes[place] ?? null;
  const kept = fits(present, tree) ? present : further(parent, tree, place);
  const node = kept ?? created(tree);
  if (node !== present) parent.insertBefore(node, present);
  update(node, tree);
}

function fits(node, tree) {
  if (node === null) return false;
  if (!tree.tag) return node.nodeType === Node.TEXT_NODE;
  return node.localName === tree.tag && (node.dataset?.key ?? null) === keyOf(tree);
}

// What has a key is the same thing in another place; what has none is what stands in its place.
function further(parent, tree, place) {
  if (!tree.tag || keyOf(tree) === null) return null;
  return [...parent.childNodes].slice(place).find((node) => fits(node, tree)) ?? null;
}

function keyOf(tree) {
  return tree.attributes["data-key"] ?? null;
}

function created(tree) {
  if (!tree.tag) return document.createTextNode("");
  return DRAWN.has(tree.tag)
    ? document.createElementNS(SVG, tree.tag)
    : document.createElement(tree.tag);
}

function update(node, tree) {
  if (!tree.tag) {
    if (node.data !== String(tree)) node.data = String(tree);
    return;
  }
  setAttributes(node, tree.attributes);
  patch(node, tree.children);
}

function setAttributes(node, attributes) {
  for (const { name } of [...node.attributes]) {
    // Whether details are open is the reader's business.
    if (!(name in attributes) && name !== "open") node.removeAttribute(name);
  }
  for (const name of node.listened ?? []) if (!(name in attributes)) node[name] = null;
  node.listened = Object.keys(attributes).filter((name) => name.startsWith("on"));
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
}

function setAttribute(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}
