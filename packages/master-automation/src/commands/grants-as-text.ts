import type { Item, Json } from "@qmoi/core";

/** A grant as schema 2 had it: run, task, attempt, slots, expiry, and a nonce where its task has other limiters too. */
type Listed = readonly [run: string, task: number, attempt: number, slots: number, expiry: number, ...nonce: number[]];

/** A limiter's grants as schema 3 has them: by `;`, each with its numbers in base 36, run and expiry only where they change. */
export const grantsAsText = (item: Item): Item => {
  const grants = item.g as Json | undefined;
  if (!item.pk.startsWith("G#") || !Array.isArray(grants)) return item;
  let [lastRun, lastExpiry] = ["", Number.NaN];
  const texts = (grants as unknown as readonly Listed[]).map(([run, task, attempt, slots, expiry, ...nonce]) => {
    const head = [run === lastRun ? "" : run, expiry === lastExpiry ? "" : expiry.toString(36)];
    [lastRun, lastExpiry] = [run, expiry];
    return [...head, ...[task, attempt, slots, ...nonce].map((n) => n.toString(36))].join(",");
  });
  return { ...item, g: texts.join(";") };
};

/** The way back. */
export const grantsAsList = (item: Item): Item => {
  const grants = item.g as Json | undefined;
  if (!item.pk.startsWith("G#") || typeof grants !== "string") return item;
  let [run, expiry] = ["", 0];
  const listed = (grants === "" ? [] : grants.split(";")).map((text): Listed => {
    const [ownRun, ownExpiry, ...numbers] = text.split(",");
    if (ownRun) run = ownRun;
    if (ownExpiry) expiry = Number.parseInt(ownExpiry, 36);
    const [task = 0, attempt = 0, slots = 0, ...nonce] = numbers.map((n) => Number.parseInt(n, 36));
    return [run, task, attempt, slots, expiry, ...nonce];
  });
  return { ...item, g: listed };
};
