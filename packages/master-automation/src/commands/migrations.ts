import type { Item, Json, JsonObject } from "@qmoi/core";
import { offOf, type StoredControl } from "./control.ts";
import { grantsAsList, grantsAsText } from "./grants-as-text.ts";

/** One step of the data's schema, and the way back. Both are applied to every item, and must be safe to repeat. */
export interface Migration {
  /** The version that it leads to; from the one before. */
  readonly to: number;
  readonly summary: string;
  /** The item as the newer version wants it; the same object if nothing is to be changed. */
  readonly up: (item: Item) => Item;
  readonly down: (item: Item) => Item;
}

/** The steps from one version to another, in the order of their application: up, or down where `to` is lower. */
export const migrationPath = (
  migrations: readonly Migration[],
  from: number,
  to: number,
): readonly { readonly migration: Migration; readonly direction: "up" | "down"; readonly reaches: number }[] => {
  const path: { migration: Migration; direction: "up" | "down"; reaches: number }[] = [];
  for (let at = from; at !== to; ) {
    const direction = at < to ? "up" : "down";
    const next = direction === "up" ? at + 1 : at;
    const migration = migrations.find((one) => one.to === next);
    if (!migration) throw new Error(`there is no migration to schema version ${next}`);
    at = direction === "up" ? at + 1 : at - 1;
    path.push({ migration, direction, reaches: at });
  }
  return path;
};

/** The newest schema an item goes through, up from `from`; the same object if nothing is to be changed. */
export const migratedItem = (migrations: readonly Migration[], item: Item, from: number): Item =>
  migrationPath(migrations, from, Math.max(from, ...migrations.map(({ to }) => to))).reduce(
    (now, { migration }) => migration.up(now),
    item,
  );

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** Changes `off` of the control item, and of what commands remember of it. */
const withOff = (item: Item, change: (off: Json) => Json): Item => {
  const inControl = (control: Json | undefined): Json | undefined => {
    if (!isObject(control) || control.off === undefined) return control;
    const off = change(control.off);
    return off === control.off ? control : { ...control, off };
  };
  const inside = (value: Json | undefined, keys: readonly string[]): Json | undefined => {
    if (!isObject(value)) return value;
    const changed = keys.flatMap((key) => {
      const next = inControl(value[key]);
      return next === undefined || next === value[key] ? [] : [[key, next] as const];
    });
    return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
  };
  if (item.pk === "CTL") return inControl(item as JsonObject) as Item;
  if (!item.pk.startsWith("CMD#") || item.sk !== "H") return item;
  const { plan, ev } = item as Item & { readonly plan?: Json; readonly ev?: Json };
  const nextPlan = inside(plan, ["control"]);
  const control = isObject(ev) ? inside(ev.control, ["before", "after"]) : undefined;
  const nextEvidence = isObject(ev) && control !== ev.control ? { ...ev, control: control as Json } : ev;
  if (nextPlan === plan && nextEvidence === ev) return item;
  return { ...item, ...(nextPlan === undefined ? {} : { plan: nextPlan }), ...(nextEvidence === undefined ? {} : { ev: nextEvidence }) };
};

/** Every step of the data's schema, from version 1 on. */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: 2,
    summary: "the control item tells with which module each one was switched off",
    up: (item) => withOff(item, (off) => (Array.isArray(off) ? offOf({ mode: "running", off } as unknown as StoredControl) : off)),
    down: (item) => withOff(item, (off) => (isObject(off) ? Object.keys(off) : off)),
  },
  { to: 3, summary: "a limiter's grants are a text, of a third of the bytes", up: grantsAsText, down: grantsAsList },
];

/** The schema that this version writes. */
export const NEWEST_SCHEMA = Math.max(...MIGRATIONS.map(({ to }) => to));
