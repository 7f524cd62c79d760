import { leaf, listsOf, objectsOf, slotsOf, type Tree, textOf, treeOf } from "./json-tree.ts";
import { mutateText } from "./mutate-text.ts";
import type { Seeded } from "./seeded.ts";

/** Keys that documents have, and some that they must not have. */
const KEYS = [
  "name",
  "tasks",
  "target",
  "type",
  "needs",
  "retry",
  "attempts",
  "payload",
  "schedules",
  "pools",
  "slots",
  "host",
  "inputs",
  "enabled",
  "cpu",
  "x",
  "",
  "a b",
  "é",
  "toString",
  "constructor",
  "hasOwnProperty",
  "prototype",
  "$schema",
  "secretRef",
];
const NUMBERS = ["0", "-0", "-1", "1", "0.5", "1e3", "7", "100", "100001", "9007199254740991", "1e308", "1e-400", "-2.25"];
/** No JSON, or numbers that none can hold. */
const NO_NUMBERS = ["9007199254740993", "1e999", "-1e999", "00", "0x10", "NaN", "Infinity", "+1", ".5", "1.", "undefined", "'a'"];
const STRINGS = [
  "",
  " ",
  "a",
  "a b",
  "\u0000",
  "\u202e",
  "é".normalize("NFD"),
  "💥",
  "x".repeat(101),
  "x".repeat(20_000),
  "../../etc/passwd",
  "__proto__",
  "${{ ",
  "${{ item }}",
  "${{ inputs.a }}",
  "${{ tasks.a.output }}",
  "${{ 1 + }}",
  "env:X",
  "success",
  "failure",
  "process",
  "cron(0 0 * * ? *)",
  "100%",
  "$ref",
  "a → b",
];
const TREES = [
  "null",
  "true",
  "false",
  "[]",
  "{}",
  "[null]",
  '{"a":1}',
  '{"secretRef":"env:X"}',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"$ref":"#"}',
  '{"task":"a","on":"failure"}',
];

type Mutation = (tree: Tree, random: Seeded) => void;

const nested = (random: Seeded): string => {
  const depth = random.pick([2, 40, 63, 64, 65, 1_000, 20_000]);
  return random.next() < 0.5 ? `${"[".repeat(depth)}${"]".repeat(depth)}` : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
};

const value = (random: Seeded): Tree =>
  random.pick([
    () => leaf(random.pick(random.below(12) === 0 ? NO_NUMBERS : NUMBERS)),
    () => leaf(random.below(30) === 0 ? '"\\ud800"' : JSON.stringify(random.pick(STRINGS))),
    () => leaf(random.pick(TREES)),
    () => leaf(random.below(3) === 0 ? nested(random) : random.pick(TREES)),
    () => leaf(`${random.below(3) === 0 ? "-" : ""}${random.below(10_000)}`),
  ])();

/** Changes to a document as its author could make by mistake, or an attacker on purpose. */
const MUTATIONS: readonly Mutation[] = [
  function deleteKey(tree, random) {
    const { entries } = random.pick(objectsOf(tree));
    entries.splice(random.below(entries.length), 1);
  },
  function renameKey(tree, random) {
    const entry = random.pick(random.pick(objectsOf(tree)).entries);
    entry[0] = random.next() < 0.5 ? random.pick(KEYS) : mutateText(entry[0], random);
  },
  function duplicateKey(tree, random) {
    const { entries } = random.pick(objectsOf(tree));
    const [key, before] = random.pick(entries);
    entries.push([key, random.next() < 0.5 ? structuredClone(before) : value(random)]);
  },
  function addKey(tree, random) {
    random.pick(objectsOf(tree)).entries.push([random.pick([...KEYS, "__proto__"]), value(random)]);
  },
  function replace(tree, random) {
    random.pick(slotsOf(tree)).set(value(random));
  },
  function replaceLeaf(tree, random) {
    random.pick(slotsOf(tree).filter((slot) => slot.value.kind === "leaf")).set(value(random));
  },
  function copyLeaf(tree, random) {
    const leaves = slotsOf(tree).filter((slot) => slot.value.kind === "leaf");
    random.pick(leaves).set(structuredClone(random.pick(leaves).value));
  },
  function changeText(tree, random) {
    const texts = slotsOf(tree).filter((slot) => slot.value.kind === "leaf" && slot.value.text.startsWith('"'));
    const slot = random.pick(texts);
    slot.set(leaf(JSON.stringify(mutateText(JSON.parse((slot.value as { text: string }).text) as string, random))));
  },
  function changeNumber(tree, random) {
    const numbers = slotsOf(tree).filter((slot) => slot.value.kind === "leaf" && /^[-\d]/.test(slot.value.text));
    const slot = random.pick(numbers);
    const before = Number((slot.value as { text: string }).text);
    slot.set(leaf(String(random.pick([before + 1, before - 1, -before, before * 1000, before / 3, before + 0.5]))));
  },
  function swap(tree, random) {
    const slots = slotsOf(tree);
    const [a, b] = [random.pick(slots), random.pick(slots)];
    const [first, second] = [structuredClone(a.value), structuredClone(b.value)];
    a.set(second);
    b.set(first);
  },
  function removeElement(tree, random) {
    const { items } = random.pick(listsOf(tree));
    items.splice(random.below(items.length), 1);
  },
  function repeatElement(tree, random) {
    const { items } = random.pick(listsOf(tree));
    items.splice(random.below(items.length), 0, structuredClone(random.pick(items)));
  },
];

/** A valid document with one to three mutations, of which some are made to its text. */
export const mutateDocument = (document: unknown, random: Seeded): string => {
  const tree = treeOf(document);
  const count = 1 + random.below(3);
  const onText = random.next() < 0.1;
  for (let i = 0; i < count - (onText ? 1 : 0); i++) {
    try {
      random.pick(MUTATIONS)(tree, random);
    } catch (error) {
      // A mutation before may have removed everything that this one could change.
      if (!(error instanceof Error && error.message === "nothing to pick from")) throw error;
    }
  }
  return onText ? mutateText(textOf(tree), random) : textOf(tree);
};
