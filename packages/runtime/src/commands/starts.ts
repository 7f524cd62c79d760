import type { Start } from "@qmoi/master-automation";
import type { Engine } from "../engine.ts";
import { type AttemptItem, attemptOf } from "../items.ts";
import { RunReader } from "../plane/runs.ts";
import { attemptsOf, loadRun } from "../run-loader.ts";
import { activeRuns } from "./running-attempts.ts";

/** Runs that ended longer before the moment are not looked at: something else is likely to have started since. */
const WINDOW_MS = 3_600_000;
/** Ended runs looked at, newest first. */
const MOST_RUNS = 1_000;

export interface Moment {
  /** ms since 1970, and the store's order of the write where it has one. */
  readonly at: number;
  readonly seq?: number;
  /** Starts up to so many ms later still belong to what was before: readings may be so old. */
  readonly bound: number;
  /** When the stop was lifted: what starts from then on comes after it, however soon. */
  readonly until?: number;
}

export interface StartsAround {
  readonly before: Start | null;
  readonly after: Start | null;
  /** Starts after the bound and before `until`. */
  readonly late: readonly Start[];
}

const isBefore = (start: Start, { at, seq, bound, until = Number.POSITIVE_INFINITY }: Moment): boolean =>
  (start.seq !== undefined && seq !== undefined && start.seq < seq) || start.at < Math.min(at + bound, until);

/** The starts next to a moment, from the history. Attempts whose effect never began, and decisions of persons, are no starts. */
export const startsAround = async (engine: Engine, moment: Moment): Promise<StartsAround> => {
  let [before, after]: [Start | null, Start | null] = [null, null];
  const late: Start[] = [];
  for (const run of await runsAround(engine, moment.at)) {
    for await (const start of startsOf(engine, run)) {
      if (isBefore(start, moment)) {
        if (!before || later(start, before)) before = start;
        continue;
      }
      if (!after || later(after, start)) after = start;
      if (late.length < 10 && start.at < (moment.until ?? Number.POSITIVE_INFINITY)) late.push(start);
    }
  }
  return { before, after, late };
};

const later = (a: Start, b: Start): boolean => (a.at === b.at ? (a.seq ?? 0) > (b.seq ?? 0) : a.at > b.at);

const runsAround = async (engine: Engine, at: number): Promise<ReadonlySet<string>> => {
  const found = new Set(await activeRuns(engine));
  const reader = new RunReader(engine);
  let seen = 0;
  for (let after: string | undefined; seen < MOST_RUNS; ) {
    const page = await reader.runs({ limit: 100, ...(after === undefined ? {} : { after }) });
    for (const { run, endedAt } of page.items) if (endedAt !== undefined && endedAt >= at - WINDOW_MS) found.add(run);
    seen += page.items.length;
    if (page.next === undefined) break;
    after = page.next;
  }
  return found;
};

async function* startsOf(engine: Engine, run: string): AsyncGenerator<Start> {
  const entry = engine.decider.runs.get(run) ?? (await loadRun(engine.ports, engine.definitions, run));
  if (!entry) return;
  for await (const { task, item } of attemptsOf(engine.ports, entry.header, entry.state.size)) {
    if (item.s === "void" || item.w === "person") continue;
    yield startOf(run, entry.state.nameOf(task), item);
  }
}

const startOf = (run: string, task: string, item: AttemptItem): Start => ({
  run,
  task,
  attempt: attemptOf(item)?.attempt ?? 0,
  at: item.sa,
  ...(item.ss === undefined ? {} : { seq: item.ss }),
});
