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
    // Only a fold that writes its number may count: a reader must never see the count go back, nor grants that go by a fold not stored yet.
    const fold = state.dirty.size > 0 ? entry.fold + 1 : entry.fold;
    // The last part first: a forEach's instances stand behind it, and its end must not be stored before theirs.
    for (const part of [...state.dirty].sort((a, b) => b - a)) {
      const old = entry.parts.get(part);
      const item: PartItem = entry.partItem(part, fold);
      await ports.table.put(item, { when: unchanged("part.fold", old) });
      entry.parts.set(part, item);
    }
    entry.fold = fold;
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
  const st = patch.st ?? entry.header.st;
  const ended = st === "succeeded" || st === "failed" || st === "cancelled";
  const index = ended ? { i2p: undefined, i2s: undefined } : {};
  const next = withoutUndefined({ ...entry.header, ...patch, ...index, v: entry.header.v + 1 }) as HeaderItem;
  entry.writing = next.v;
  await ports.table.put(next, { when: { site, v: entry.header.v } });
  entry.header = next;
};

const withoutUndefined = (item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const clean: Record<string, unknown> = {};
  for (const name in item) if (item[name] !== undefined) clean[name] = item[name];
  return clean;
};
