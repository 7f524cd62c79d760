import { MemoryBlobStore, SystemClock } from "@qmoi/adapters";
import type { WorkflowDocument } from "@qmoi/config";
import { type Item, LOCAL, type Table, type TargetCall, type TargetResult } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { type AttemptItem, Completions, type Hint, keys, SettledTable, type StoredBackups } from "@qmoi/runtime";
import { describe, expect, it } from "vitest";
import { type BareEngine, bareEngine } from "../support/bare-engine.ts";
import { idleBackups } from "../support/idle-backups.ts";

const BY = { who: LOCAL };
const DONE: TargetResult = { ok: true, output: null };
const wait = { type: "wait" as const, seconds: 0 };
export const CHAIN: WorkflowDocument = {
  name: "chain",
  tasks: [
    { name: "a", target: wait },
    { name: "b", needs: ["a"], target: wait },
  ],
};

/** Work that a test ends. */
interface Work {
  readonly call: TargetCall;
  readonly end: (result?: TargetResult) => void;
}

/** An engine of another process than the one that restores: it does what a test asks, and nothing by itself. */
export class Other {
  readonly bare: BareEngine;
  readonly backups: StoredBackups;
  readonly hints: Hint[] = [];
  readonly work: Work[] = [];
  readonly #table: Table;

  private constructor(table: Table, seen: Table, backups: StoredBackups) {
    this.#table = table;
    this.backups = backups;
    const run = (call: TargetCall) =>
      new Promise<TargetResult>((resolve) => {
        this.work.push({ call, end: (result = DONE) => resolve(result) });
      });
    this.bare = bareEngine(new SettledTable(seen), run);
    this.bare.engine.openPools();
    this.bare.engine.ports.hints.consume(async (hint) => void this.hints.push(hint));
  }

  /** `seen`: the table as the engine sees it; the restore sees the table itself. */
  static async open(table: Table, seen = table): Promise<Other> {
    // By the real time: a restore waits until nobody acts on what was read before.
    return new Other(table, seen, await idleBackups(table, new MemoryBlobStore(), new SystemClock()));
  }

  async start(document: WorkflowDocument): Promise<string> {
    await this.bare.plane.publish(document);
    return (await this.bare.plane.startRun({ workflow: document.name })).run;
  }

  /** The hint of a task's next attempt, once the run was taken in. */
  async hint(run: string, task: number): Promise<Hint> {
    for (;;) {
      const found = this.hints.findLast((one) => one.run === run && one.task === task);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Work of an attempt, once its effect has begun. */
  async began(n = 1): Promise<Work> {
    while (this.work.length < n) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.work[n - 1] as Work;
  }

  attempt(run: string, task: number, attempt = 1): Promise<AttemptItem | undefined> {
    return this.#table.get(keys.attempt(run, task, attempt)) as Promise<AttemptItem | undefined>;
  }

  header(run: string): Promise<Item | undefined> {
    return this.#table.get(keys.header(run));
  }

  async backUp(): Promise<string> {
    return (await this.backups.create(BY)).id;
  }

  async restore(backup: string): Promise<void> {
    expect((await this.backups.restore(backup, BY)).equal).toBe(true);
  }
}

/** What was under way in another process when a restore came doesn't count after it. */
export const restoreContract = (name: string, open: () => Promise<Table>): void => {
  describe(`a restore on ${name}, and what was under way`, () => {
    it.each([
      ["that the backup has as running", true],
      ["that the backup doesn't know", false],
    ])("refuses the end of an attempt %s", async (_, known) => {
      const table = await open();
      const other = await Other.open(table);
      const run = await other.start(CHAIN);
      const hint = await other.hint(run, 0);
      let backup = known ? "" : await other.backUp();
      const handled = other.bare.engine.worker.handle(hint);
      const { call, end } = await other.began();
      if (known) backup = await other.backUp();
      await other.restore(backup);
      end();
      await handled;
      expect(await other.attempt(run, 0)).toEqual(known ? expect.objectContaining({ s: "void", rv: true }) : undefined);
      expect(await new Completions(other.bare.engine.ports).complete(call.token, DONE)).toBe(false);
      await table.close();
    });

    it("refuses the fold of a decider that had read the run before", async () => {
      const table = await open();
      const other = await Other.open(table);
      const run = await other.start(CHAIN);
      const hint = await other.hint(run, 0);
      const backup = await other.backUp();
      const handled = other.bare.engine.worker.handle(hint);
      (await other.began()).end();
      await other.restore(backup);
      const restored = await other.header(run);
      await handled;
      // It learns of an end that was stored before the restore, and knows the run as it was.
      const item = { ...keys.attempt(run, 0, 1), v: 2, s: "succeeded", fo: 1, sa: 1, ea: 2 } as AttemptItem;
      other.bare.engine.decider.ended(run, { task: 0, attempt: 1, item });
      await other.bare.engine.decider.settled();
      expect(await other.header(run)).toEqual(restored);
      expect(generationOf(restored as Item)).toBe(1);
      await table.close();
    });

    it("lets an older hint claim nothing, and a new one claim what the restored run wants", async () => {
      const table = await open();
      const other = await Other.open(table);
      const { engine } = other.bare;
      const run = await other.start(CHAIN);
      const hint = await other.hint(run, 0);
      const backup = await other.backUp();
      const handled = engine.worker.handle(hint);
      (await other.began()).end();
      await handled;
      const second = await other.hint(run, 1);
      await other.restore(backup);
      for (const old of [hint, second]) await engine.worker.handle(old);
      expect([await other.attempt(run, 0), await other.attempt(run, 1)]).toEqual([undefined, undefined]);
      const { v } = (await other.header(run)) as Item;
      const claimed = engine.worker.handle({ ...hint, v, fold: v });
      (await other.began(2)).end();
      await claimed;
      const item = (await other.attempt(run, 0)) as AttemptItem;
      expect([item.s, generationOf(item)]).toEqual(["succeeded", 1]);
      await table.close();
    });
  });
};
