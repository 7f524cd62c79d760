import { type HeaderItem, type PartItem, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";

type HeaderPatch = Partial<HeaderItem>;

/**
 * Writes what changed of a run: a forEach's expansion first (a missing part means pending), then the frontier's parts, then the header's
 * state. A small run is one write. Rejections leave the memory ahead of the store: the caller drops the entry.
 */
export const saveRun = async (ports: Ports, entry: RunEntry, patch: HeaderPatch): Promise<void> => {
  const { state } = entry;
  const full: HeaderPatch = { ...patch, ...endPatch(ports, entry, patch) };
  const stateChanged = Object.keys(full).length > 0;
  const grew = entry.expanded.length > 0;
  const grown: HeaderPatch = grew ? { exp: [...(entry.header.exp ?? []), ...entry.expanded], n: state.size } : {};
  if (entry.header.small) {
    if (state.dirty.size > 0 || stateChanged || grew) await putHeader(ports, entry, { ...full, ...grown, ...frontier(entry) }, "run.fold");
    entry.fold = entry.header.v;
  } else {
    if (grew) await putHeader(ports, entry, grown, "run.expand");
    // Only a fold that writes its number may count: a reader must never see the count go back.
    if (state.dirty.size > 0) entry.fold++;
    for (const part of state.dirty) {
      const old = entry.parts.get(part);
      const item: PartItem = entry.partItem(part);
      await ports.table.put(item, { when: unchanged("part.fold", old) });
      entry.parts.set(part, item);
    }
    if (stateChanged) await putHeader(ports, entry, full, "run.state");
  }
  entry.expanded = [];
  state.dirty.clear();
};

/** Writes that a large run is being cancelled, before any of its tasks is. */
export const saveCancel = (ports: Ports, entry: RunEntry, patch: HeaderPatch): Promise<void> =>
  putHeader(ports, entry, patch, "run.cancel");

const frontier = (entry: RunEntry): HeaderPatch => {
  const { b, x } = entry.inlineFrontier();
  return { b, x } as HeaderPatch;
};

/** What ends the run when no task is open any more. */
const endPatch = (ports: Ports, entry: RunEntry, patch: HeaderPatch): HeaderPatch => {
  const { state, header } = entry;
  const st = patch.st ?? header.st;
  if (state.open > 0 || st === "succeeded" || st === "failed" || st === "cancelled") return {};
  const now = ports.clock.now();
  return {
    st: st === "cancelling" ? "cancelled" : state.failed > 0 ? "failed" : "succeeded",
    ea: now,
    nf: state.failed,
    ttl: Math.floor(now / 1000) + ports.settings().historyDays * 86_400,
  };
};

const putHeader = async (
  ports: Ports,
  entry: RunEntry,
  patch: HeaderPatch,
  site: "run.fold" | "run.expand" | "run.state" | "run.cancel",
): Promise<void> => {
  const next: Record<string, unknown> = { ...entry.header, ...patch, v: entry.header.v + 1 };
  const ended = next.st === "succeeded" || next.st === "failed" || next.st === "cancelled";
  if (ended) {
    next.i2p = undefined;
    next.i2s = undefined;
  }
  for (const key of Object.keys(next)) if (next[key] === undefined) delete next[key];
  entry.writing = entry.header.v + 1;
  await ports.table.put(next as HeaderItem, { when: { site, v: entry.header.v } });
  entry.header = next as HeaderItem;
};
