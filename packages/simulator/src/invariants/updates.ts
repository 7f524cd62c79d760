import { isDeepStrictEqual } from "node:util";
import type { Item } from "@qmoi/core";
import type { HeaderItem } from "@qmoi/runtime";
import type { Invariant } from "../judge.ts";

/** Items that are written once for a fact, and again only with the same fact. */
const isFact = ({ pk }: Item): boolean => pk.startsWith("DL#");

/** The same but for the sequence numbers that the store itself gives. */
const same = (a: Item, b: Item): boolean => isDeepStrictEqual({ ...a, ss: 0, es: 0 }, { ...b, ss: 0, es: 0 });

export const noLostUpdate: Invariant = {
  name: "no-lost-update",
  sentence:
    "Each write replaces the version that its writer had read: versions of an item count up by one, or a write is the same one repeated.",
  watch: (judge, violated) =>
    judge.on("commit", ({ key, item, old, by, site }) => {
      if (!item || isFact(item) || item.v === (old?.v ?? 0) + 1 || (old && item.v === old.v && same(item, old))) return;
      // An attempt is written under its token: its worker may not know whether its last write was stored.
      if (old && item.tk !== undefined && item.tk === old.tk && item.v > old.v) return;
      violated(
        `${by?.id ?? "somebody"} wrote version ${item.v} of ${key.pk}/${key.sk} over version ${old?.v ?? 0} (${site ?? "no condition"})`,
      );
    }),
};

export const expansionsKept: Invariant = {
  name: "expansions-kept",
  sentence: "A forEach is expanded once: a run's expansions are only ever added to, and its number of tasks only grows.",
  watch: (judge, violated) =>
    judge.on("header", ({ run, old, item }) => {
      const before = old?.exp ?? [];
      const now = (item as HeaderItem).exp ?? [];
      if (item.n < (old?.n ?? 0) || !isDeepStrictEqual(now.slice(0, before.length), before))
        violated(
          `run ${run.run} had ${old?.n} tasks with expansions ${JSON.stringify(before)} and has ${item.n} with ${JSON.stringify(now)}`,
        );
    }),
};
