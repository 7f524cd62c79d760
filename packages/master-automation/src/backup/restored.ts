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

/** What an attempt has come to since, where it is known that its effect, which may happen only once, had begun. */
export const sinceBegun = (next: Item, stored: Item | undefined): Item => {
  if (stored?.bg !== true || stored.tk !== next.tk) return next;
  const { s, ea, ttl, o, ob, u, f, bg, un } = stored;
  if (s === "running" || un === true) return { ...next, un: true };
  const known = Object.entries({ s, ea, ttl, o, ob, u, f, bg }).filter(([, value]) => value !== undefined);
  return { ...next, ...(Object.fromEntries(known) as Partial<Item>) };
};

/** A run of which a person must decide before it goes on. */
export const pausedRun = (header: Item, why: string): Item => ({ ...header, v: header.v + 1, st: "paused", pst: header.st, why });

/**
 * What must be equal before and after a restore, as one text: everything but the version and what it decides of running attempts, and of
 * runs that only a person can let go on.
 */
export const comparableText = (item: Item): string => {
  const { v: _v, fw: _fw, ...rest } = item as JsonObject;
  if (item.pst !== undefined) {
    const { pst, why: _why, ...same } = rest;
    return canonicalJson({ ...same, st: pst });
  }
  if (!wasRunning(item) && item.rv !== true) return canonicalJson(rest);
  const { s: _s, ea: _ea, es: _es, un: _un, rv: _rv, ttl: _ttl, bg: _bg, o: _o, ob: _ob, u: _u, f: _f, ...same } = rest;
  return canonicalJson(same);
};
