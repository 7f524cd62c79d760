import { canonicalJson, type Item, type JsonObject } from "@qmoi/core";
import { inGeneration } from "./generation.ts";

const isAttempt = ({ pk }: Item): boolean => pk.startsWith("R#") && pk.indexOf("#", 2) !== -1;

/** Whether an attempt was running when it was backed up. */
export const wasRunning = (item: Item): boolean => isAttempt(item) && item.s === "running";

/**
 * An item as a restore writes it. An attempt that was running becomes void: nobody knows what became of it. Where its effect may happen only
 * once and had begun, its outcome counts as unknown, so that a person decides.
 */
export const restoredItem = (item: Item, generation: number, at: number): Item => {
  const { fw: _, ...rest } = item;
  const next = { ...rest, v: inGeneration(item.v, generation) } as Item;
  if (!wasRunning(item)) return next;
  return { ...next, s: "void", ea: Math.max(at, Number(item.sa)), rv: true, ...(item.bg === true ? { un: true } : {}) };
};

/** What must be equal before and after a restore, as one text: everything but the version and what it decides of running attempts. */
export const comparableText = (item: Item): string => {
  const { v: _v, fw: _fw, ...rest } = item as JsonObject;
  if (!wasRunning(item) && item.rv !== true) return canonicalJson(rest);
  const { s: _s, ea: _ea, es: _es, un: _un, rv: _rv, ttl: _ttl, ...same } = rest;
  return canonicalJson(same);
};
