// A small virtual DOM. Views are pure functions that return trees; `patch` changes only the elements
// that differ, so focus, open details and half-filled fields stay. A text is never read as markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "rect", "path", "line", "circle"]);

/** Makes a tree: `h("p", { class: "quiet" }, "text", h("b", {}, "more"))`. Empty children are dropped. */
export function h(tag, attributes, ...children) {
  const shown = children.flat(Infinity).filter((child) => child || child === 0);
  return { tag, attributes: attributes ?? {}, children: shown };
}

/** Makes the children of an element equal to the trees. */
export function patch(parent, trees) {
  trees.forEach((tree, index) => patchChild(parent, tree, index));
  while (parent.childNodes.length > trees.length) parent.lastChild.remove();
}

function patchChild(parent, tree, index) {
  const current = parent.childNodes[index] ?? null;
  const reused = matches(current, tree) ? current : findByKey(parent, tree, index);
  const node = reused ?? createNode(tree);
  if (node !== current) parent.insertBefore(node, current);
  update(node, tree);
}

function matches(node, tree) {
  if (node === null) return false;
  if (!tree.tag) return node.nodeType === Node.TEXT_NODE;
  return node.localName === tree.tag && (node.dataset?.key ?? null) === keyOf(tree);
}

// An element with a key may have moved; an element without a key is known by its position.
function findByKey(parent, tree, index) {
  if (!tree.tag || keyOf(tree) === null) return null;
  return [...parent.childNodes].slice(index).find((node) => matches(node, tree)) ?? null;
}

function keyOf(tree) {
  return tree.attributes["data-key"] ?? null;
}

function createNode(tree) {
  if (!tree.tag) return document.createTextNode("");
  return SVG_TAGS.has(tree.tag)
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
    // The user opens and closes details.
    if (!(name in attributes) && name !== "open") node.removeAttribute(name);
  }
  for (const name of node.handlerNames ?? []) if (!(name in attributes)) node[name] = null;
  node.handlerNames = Object.keys(attributes).filter((name) => name.startsWith("on"));
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
}

function setAttribute(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}
