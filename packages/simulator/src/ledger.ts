import { compile, type Graph, isTerminal, PART_TASKS, unpackBits } from "@qmoi/advanced-automation";
import type { Workflow } from "@qmoi/config";
import type { Json } from "@qmoi/core";
import { firstIn, generationOf } from "@qmoi/master-automation";
import type { AttemptItem, HeaderItem } from "@qmoi/runtime";
import { ensure } from "./ensure.ts";
import type { Commit } from "./ports/store.ts";

/** One attempt as the store has it; times are the world's, of the commits. */
export interface AttemptRecord {
  item: AttemptItem;
  readonly claimedAt: number;
  endedAt?: number;
}

/** One run as the store has it, derived from committed writes only. */
export interface RunRecord {
  readonly run: string;
  header: HeaderItem;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly graph: Graph;
  bits: Uint8Array;
  readonly parts: Map<number, string>;
  /** By task, then by attempt less one. */
  readonly attempts: Map<number, (AttemptRecord | undefined)[]>;
  /** Attempts that each task had had when the run was last redriven. */
  before: ReadonlyMap<number, number>;
  redrives: number;
}

export interface AttemptEvent {
  readonly run: RunRecord;
  readonly task: number;
  readonly attempt: number;
  readonly old: AttemptItem | undefined;
  readonly item: AttemptItem;
  readonly commit: Commit;
}

export interface TaskEvent {
  readonly run: RunRecord;
  readonly task: number;
  readonly from: number;
  readonly to: number;
  /** The run had ended before this write: only a redrive goes on with it. */
  readonly afterEnd: boolean;
}

export interface HeaderEvent {
  readonly run: RunRecord;
  readonly old: HeaderItem | undefined;
  readonly item: HeaderItem;
}

export interface LedgerParts {
  readonly now: () => number;
  /** The definition published under a hash. */
  readonly definition: (version: string) => Workflow;
  /** A run's inputs, from its header or the blob that this names. */
  readonly inputs: (header: HeaderItem) => Readonly<Record<string, Json>>;
  readonly attempt: (event: AttemptEvent) => void;
  readonly header: (event: HeaderEvent) => void;
  /** A run's header said that it has ended, and its tasks were told. */
  readonly ran: (event: { readonly run: RunRecord }) => void;
  readonly task: (event: TaskEvent) => void;
}

/** Follows the runs through the committed writes, and tells each change in terms of runs, tasks and attempts. */
export class Ledger {
  readonly runs = new Map<string, RunRecord>();
  readonly #partVersions = new Map<string, number>();
  readonly #graphs = new Map<string, Graph>();
  readonly #parts: LedgerParts;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  graph(version: string): Graph {
    return ensure(this.#graphs, version, () => compile(this.#parts.definition(version), version));
  }

  follow(commit: Commit): void {
    const [kind, name, group] = commit.key.pk.split("#") as [string, string, string | undefined];
    // What is deleted is not followed: it was there before the world began, or somebody judges by the commit.
    if (kind !== "R" || !commit.item) return;
    // Its deletion has begun, which is judged by what is deleted.
    if (commit.key.sk === "H" && commit.item.gone) return;
    if (group !== undefined) this.#attempt(name, commit);
    else if (commit.key.sk === "H") this.#header(name, commit);
    else this.#part(name, commit);
  }

  /** The number of `name` or `name[k]` in a run. */
  numberOf({ graph, header }: RunRecord, name: string): number {
    const plain = graph.indexOf.get(name);
    if (plain !== undefined) return plain;
    const match = /^(.+)\[(\d+)\]$/.exec(name);
    const template = graph.indexOf.get(match?.[1] ?? "");
    const expansion = header.exp?.find(([one]) => one === template);
    if (!expansion) throw new Error(`no task ${name}`);
    return expansion[1] + Number(match?.[2]);
  }

  attemptsOf(run: RunRecord, task: number): readonly (AttemptRecord | undefined)[] {
    return run.attempts.get(task) ?? [];
  }

  /** The definition's task behind a number: the task itself, or the forEach it is an instance of. */
  templateOf({ graph, header }: RunRecord, task: number): number {
    if (task < graph.tasks.length) return task;
    const expansion = header.exp?.find(([, offset, count]) => task >= offset && task < offset + count);
    if (!expansion) throw new Error(`no task ${task}`);
    return expansion[0];
  }

  #header(name: string, { item, old }: Commit): void {
    const header = item as HeaderItem;
    let run = this.runs.get(name);
    if (!run) {
      const graph = this.graph(header.ver);
      run = {
        run: name,
        header,
        inputs: this.#parts.inputs(header),
        graph,
        bits: new Uint8Array(header.n),
        parts: new Map(),
        attempts: new Map(),
        before: new Map(),
        redrives: 0,
      };
      this.runs.set(name, run);
    }
    if (generationOf(header) > generationOf(run.header)) this.#restored(run, header);
    run.header = header;
    const before = old as HeaderItem | undefined;
    if (before?.ea !== undefined && header.ea === undefined) {
      run.redrives++;
      run.before = new Map([...run.attempts].map(([task, all]) => [task, all.length]));
    }
    this.#parts.header({ run, old: before, item: header });
    this.#frontier(run, before?.ea !== undefined);
    if (hasEnded(header) && before?.ea === undefined) this.#parts.ran({ run });
  }

  /** A restore has written the run, and of what lies beside its header only what it has written too is left. */
  #restored(run: RunRecord, header: HeaderItem): void {
    for (const part of run.parts.keys()) if ((this.#partVersions.get(`${run.run}/${part}`) ?? 0) < firstIn(header)) run.parts.delete(part);
    for (const [task, all] of run.attempts) {
      const left = all.filter((one) => one && generationOf(one.item) >= generationOf(header));
      run.attempts.set(task, left);
    }
  }

  #part(name: string, { key, item }: Commit): void {
    const run = this.runs.get(name) as RunRecord;
    run.parts.set(Number(key.sk.slice(2)), item?.b as string);
    this.#partVersions.set(`${name}/${Number(key.sk.slice(2))}`, item?.v ?? 0);
    this.#frontier(run, hasEnded(run.header));
  }

  #attempt(name: string, commit: Commit): void {
    const run = this.runs.get(name) as RunRecord;
    const [task, attempt] = commit.key.sk.split("#").map(Number) as [number, number];
    const item = commit.item as AttemptItem;
    const old = commit.old as AttemptItem | undefined;
    const all = ensure(run.attempts, task, () => []);
    const now = this.#parts.now();
    const record = all[attempt - 1];
    if (!record) all[attempt - 1] = item.s === "running" ? { item, claimedAt: now } : { item, claimedAt: now, endedAt: now };
    else {
      record.item = item;
      if (item.s !== "running") record.endedAt ??= now;
    }
    this.#parts.attempt({ run, task, attempt, old, item, commit });
  }

  /** Unpacks the frontier again and tells what changed. */
  #frontier(run: RunRecord, afterEnd: boolean): void {
    const { header } = run;
    const bits = new Uint8Array(header.n);
    if (header.small) unpackBits(header.b ?? "", bits, 0, header.n);
    for (const [part, packed] of run.parts) unpackBits(packed, bits, part * PART_TASKS, Math.min(header.n, (part + 1) * PART_TASKS));
    const old = run.bits;
    run.bits = bits;
    for (let task = 0; task < bits.length; task++) {
      const [from, to] = [old[task] ?? 0, bits[task] as number];
      if (from !== to) this.#parts.task({ run, task, from, to, afterEnd });
    }
  }
}

export const hasEnded = (header: HeaderItem): boolean => header.ea !== undefined;
export const isDone = (run: RunRecord, task: number): boolean => isTerminal(run.bits[task] ?? 0);
