/** JSON as it is written: keys may repeat, and a leaf may hold text that no value has. */
export type Tree =
  | { readonly kind: "object"; readonly entries: [key: string, value: Tree][] }
  | { readonly kind: "list"; readonly items: Tree[] }
  | { readonly kind: "leaf"; text: string };

export const leaf = (text: string): Tree => ({ kind: "leaf", text });

export const treeOf = (value: unknown): Tree => {
  if (Array.isArray(value)) return { kind: "list", items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return leaf(JSON.stringify(value));
  return { kind: "object", entries: Object.entries(value).map(([key, inner]) => [key, treeOf(inner)]) };
};

export const textOf = (tree: Tree): string => {
  if (tree.kind === "leaf") return tree.text;
  if (tree.kind === "list") return `[${tree.items.map(textOf).join(",")}]`;
  return `{${tree.entries.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;
};

/** A place in a tree that can hold another value. */
export interface Slot {
  readonly value: Tree;
  set(value: Tree): void;
}

/** Every place below the root. */
export const slotsOf = (tree: Tree): Slot[] => {
  const found: Slot[] = [];
  const visit = (node: Tree): void => {
    if (node.kind === "leaf") return;
    const values = node.kind === "list" ? node.items : node.entries.map(([, value]) => value);
    values.forEach((value, index) => {
      found.push({
        value,
        set: (next) => {
          if (node.kind === "list") node.items[index] = next;
          else (node.entries[index] as [string, Tree])[1] = next;
        },
      });
      visit(value);
    });
  };
  visit(tree);
  return found;
};

/** Every object in a tree that has keys. */
export const objectsOf = (tree: Tree): Extract<Tree, { kind: "object" }>[] =>
  [tree, ...slotsOf(tree).map(({ value }) => value)].filter((node) => node.kind === "object" && node.entries.length > 0) as Extract<
    Tree,
    { kind: "object" }
  >[];

export const listsOf = (tree: Tree): Extract<Tree, { kind: "list" }>[] =>
  [tree, ...slotsOf(tree).map(({ value }) => value)].filter((node) => node.kind === "list" && node.items.length > 0) as Extract<
    Tree,
    { kind: "list" }
  >[];
