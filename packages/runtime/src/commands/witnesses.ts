import { hasCode } from "@qmoi/core";
import type { CommandPlan, CommandView, Evidence, StepRecord, Witnesses } from "@qmoi/master-automation";
import { STOP_BOUND_MS } from "@qmoi/master-automation/commands";
import { readControl } from "./change-control.ts";
import { type CommandItem, idOf } from "./command-item.ts";
import type { CommandStore } from "./command-store.ts";
import { backupsOf, type CommandParts } from "./parts.ts";
import { controlMoment } from "./recorder.ts";
import { type Moment, startsAround } from "./starts.ts";

/** Reads anew what a command's evidence must agree with. */
export const witnessesOf = async (parts: CommandParts, store: CommandStore, item: CommandItem): Promise<Witnesses> => {
  const { engine, lookup } = parts;
  const evidence = item.ev as Evidence | undefined;
  const moment = await momentOf(store, item, evidence);
  const starts = moment ? await startsAround(engine, moment) : { before: null, after: null, late: [] };
  const undone = await undoneOf(store, item, evidence);
  const late = undone ? (await startsAround(engine, undone)).late : starts.late;
  const backup = evidence?.backup;
  const holds = backup === undefined ? {} : { backupHolds: await isWhole(() => backupsOf(parts).verify(backup)) };
  return {
    lastStartBefore: starts.before,
    firstStartAfter: starts.after,
    lateStarts: late,
    audited: await lookup.find(idOf(item.pk), item.ca),
    auditWhole: await lookup.isWhole(),
    epoch: (await readControl(engine.ports))?.epoch ?? 0,
    ...holds,
    ...(await releasesNow(parts, store, item)),
  };
};

const momentOf = async (store: CommandStore, item: CommandItem, evidence: Evidence | undefined): Promise<Moment | undefined> => {
  if (!evidence || evidence.controlAt === undefined) return undefined;
  const until = await liftedAt(store, item, evidence.controlAt);
  const found =
    item.n === "emergency_stop"
      ? { at: evidence.controlAt, bound: STOP_BOUND_MS, ...seqOf(item) }
      : controlMoment(item, evidence.steps as readonly StepRecord[]);
  return found && { ...found, ...(until === undefined ? {} : { until }) };
};

/** When a start that failed was taken back: it is a stop from then on. */
const undoneOf = async (store: CommandStore, item: CommandItem, evidence: Evidence | undefined): Promise<Moment | undefined> => {
  const undo = evidence?.steps.find(({ step, module }) => step === "undo" && module === "advanced-automation");
  const { endedAt: at, after } = undo ?? {};
  if (at === undefined || !item.n.startsWith("start_") || !(after as { readonly undone?: boolean } | undefined)?.undone) return undefined;
  const until = await liftedAt(store, item, at);
  return { at, bound: STOP_BOUND_MS, ...(until === undefined ? {} : { until }) };
};

const seqOf = (item: CommandItem): { seq?: number } => {
  const { seq } = item.plan as unknown as { readonly seq?: number };
  return seq === undefined ? {} : { seq };
};

/** When the first later command let tasks start again. */
const liftedAt = async (store: CommandStore, item: CommandItem, stoppedAt: number): Promise<number | undefined> => {
  let lifted: number | undefined;
  for await (const { id, command } of othersSince(store, item, stoppedAt)) {
    if (!command.startsWith("start_")) continue;
    const act = (await store.steps(id)).find(({ step, module }) => step === "act" && module === "advanced-automation");
    const at = (act?.after as { readonly at?: number } | undefined)?.at;
    if (at !== undefined && at >= stoppedAt) lifted = Math.min(lifted ?? at, at);
  }
  return lifted;
};

/** Commands other than one, newest first; all that were accepted since, and maybe some before. */
async function* othersSince(store: CommandStore, item: CommandItem, since: number): AsyncGenerator<CommandView> {
  for (let after: string | undefined; ; ) {
    const page = await store.list({ limit: 100, ...(after === undefined ? {} : { after }) });
    for (const view of page.items) if (view.id !== idOf(item.pk)) yield view;
    const last = page.items.at(-1);
    if (page.next === undefined || (last && last.createdAt < since)) return;
    after = page.next;
  }
}

/** What an update's modules run now, where only updates move them, and none did since. */
const releasesNow = async ({ releases }: CommandParts, store: CommandStore, item: CommandItem): Promise<Pick<Witnesses, "running">> => {
  const { plan, sa = item.ca } = item;
  if (item.n !== "update_system" || !releases.lasting || !plan || item.st === "failed") return {};
  for await (const { command, startedAt = 0 } of othersSince(store, item, item.ca))
    if (command === "update_system" && startedAt > sa) return {};
  const modules = (plan as unknown as CommandPlan).waves.flat();
  return {
    running: Object.fromEntries(await Promise.all(modules.map(async (module) => [module, await releases.running(module)] as const))),
  };
};

const isWhole = async (verify: () => Promise<unknown>): Promise<boolean> => {
  try {
    await verify();
    return true;
  } catch (error) {
    if (hasCode(error, "QMOI_BACKUP_DAMAGED") || hasCode(error, "QMOI_NOT_FOUND")) return false;
    throw error;
  }
};
