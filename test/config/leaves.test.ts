import type { Config, ConfigOverrides } from "@qmoi/config";
import { CONFIG_NAMES, configLeaves, loadConfig } from "@qmoi/config/schemas";
import type { Json } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { exempt } from "./exempt.ts";
import { leafOf, leafValues } from "./leaves.ts";
import { observables } from "./observables/index.ts";

const leaves = configLeaves();
const load = (overrides: ConfigOverrides): Config => loadConfig(() => undefined, overrides);

const merge = (base: Json | undefined, over: Json | undefined): Json | undefined => {
  const areObjects = [base, over].every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
  if (!areObjects) return over ?? base;
  const keys = new Set([...Object.keys(base as object), ...Object.keys(over as object)]);
  return Object.fromEntries([...keys].map((key) => [key, merge((base as Record<string, Json>)[key], (over as Record<string, Json>)[key])]));
};

describe("leaves of the configuration", () => {
  it("are found in every document", () => {
    expect(new Set(leaves.map((leaf) => leaf.split(".")[0]))).toEqual(new Set(CONFIG_NAMES));
    for (const path of leafValues(load({})).keys())
      expect(leafOf(path, leaves) ?? leaves.find((leaf) => leaf.startsWith(`${path}.`)), path).toBeDefined();
  });

  it("each have a registered observable, but for modules that are not built yet", () => {
    console.log(`Exempt, since their module is not built yet:\n${exempt.map((leaf) => `  ${leaf}`).join("\n")}`);
    const registered = new Set([...observables.map(({ leaf }) => leaf), ...exempt]);
    expect(leaves.filter((leaf) => !registered.has(leaf))).toEqual([]);
  });

  it("are what the registry and the exemptions name, once each", () => {
    const named = [...observables.map(({ leaf }) => leaf), ...exempt];
    expect(named.filter((leaf) => !leaves.includes(leaf))).toEqual([]);
    expect(named.filter((leaf, index) => named.indexOf(leaf) !== index)).toEqual([]);
  });

  it.each(observables.map((observable) => [observable.leaf, observable] as const))(
    "%s makes a difference",
    async (leaf, { base = {}, change, observe }) => {
      const before = load(base);
      const after = load(merge(base as Json, change as Json) as ConfigOverrides);
      const [old, changed] = [leafValues(before), leafValues(after)];
      const differing = [...new Set([...old.keys(), ...changed.keys()])].filter((path) => old.get(path) !== changed.get(path));
      expect(differing.map((path) => leafOf(path, leaves))).toEqual([leaf]);
      expect(JSON.stringify(await observe(after))).not.toBe(JSON.stringify(await observe(before)));
    },
  );
});
