import { type Actor, type AuditEvent, type Json, LOCAL, type Page, QmoiError, sleep } from "@qmoi/core";
import { expiredBackups, type Manifest } from "@qmoi/master-automation";
import type { PageRequest } from "../control-plane.ts";
import { type HeaderItem, isEnded, isHeaderKey } from "../items.ts";
import { runId } from "../run-starter.ts";
import { CONTROL_BOUND_MS } from "../settings.ts";
import { type Applied, type ApplyOptions, applyBackup } from "./apply-backup.ts";
import { BackupFiles } from "./backup-files.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { BackupCause, BackupDetail, Backups, BackupView, Progress, RestoreOptions, RestoreReport } from "./backups.ts";
import { type MakeOptions, makeBackup } from "./make-backup.ts";
import { patientBlobs, patientTable } from "./patient-stores.ts";
import { busy, isUnderWay, type RestoreItem, RestoreRecord } from "./restore-record.ts";
import { scan } from "./snapshot.ts";

const nothing: Progress = () => undefined;

/** So long nothing is replaced after the stop, and so long the stop stays after the last write: workers act on readings of up to 500 ms. */
const STILL_MS = CONTROL_BOUND_MS + 100;

/** Backups of one system: see Backups. */
export class StoredBackups implements Backups {
  readonly #parts: BackupParts;
  readonly #files: BackupFiles;
  readonly #record: RestoreRecord;
  #busy = false;

  constructor(given: BackupParts) {
    const { table, blobs, store, clock } = given;
    const parts = { ...given, table: patientTable(table, clock), blobs: patientBlobs(blobs, clock), store: patientBlobs(store, clock) };
    this.#parts = parts;
    this.#files = new BackupFiles(parts);
    this.#record = new RestoreRecord(parts.table);
  }

  create(by: Actor, options: { cause?: BackupCause; progress?: Progress } = {}): Promise<BackupDetail> {
    return this.#alone(async () => {
      const { cause = "request", progress } = options;
      const make = () => this.#make({ by, cause, ...(progress ? { progress } : {}) });
      const { id } = await this.#recorded("backup.create", ({ id: made }) => made, by, make);
      await this.#deleteExpired();
      return this.#files.detail(id);
    });
  }

  /** Refused where a restore, of another process perhaps, is under way or came in between: what was read would be half of each. */
  async #make(options: MakeOptions): Promise<Manifest> {
    const before = await this.#record.read();
    if (before && isUnderWay(before)) throw busy(before);
    const made = await makeBackup(this.#parts, this.#files, options);
    const after = await this.#record.read();
    if (!after || after.v === before?.v) return made;
    await this.#files.delete(made.id);
    throw busy(after);
  }

  async list({ limit = 50, after }: PageRequest = {}): Promise<Page<BackupView>> {
    const ids = (await this.#files.ids()).toReversed();
    const from = after === undefined ? 0 : ids.findIndex((id) => id < after);
    const wanted = from < 0 ? [] : ids.slice(from, from + limit);
    const items: BackupView[] = [];
    for (const id of wanted) {
      const { at, finishedAt, cause, who, reason, schema, encrypted, bytes, items: count } = await this.#files.detail(id);
      items.push({ id, at, finishedAt, cause, who, schema, encrypted, bytes, items: count, ...(reason === undefined ? {} : { reason }) });
    }
    const last = wanted.at(-1);
    return { items, ...(last !== undefined && last !== ids.at(-1) ? { next: last } : {}) };
  }

  show(id: string): Promise<BackupDetail> {
    return this.#files.detail(id);
  }

  async verify(id: string, progress: Progress = nothing): Promise<BackupDetail> {
    await this.#files.verify(id, progress);
    return this.#files.detail(id);
  }

  async delete(id: string, by: Actor): Promise<void> {
    await this.#files.detail(id).catch((error) => {
      // What is damaged may go too; what is not there is told.
      if (error instanceof QmoiError && error.code === "QMOI_NOT_FOUND") throw error;
    });
    await this.#recorded(
      "backup.delete",
      () => id,
      by,
      () => this.#files.delete(id),
    );
  }

  async preview(id: string): Promise<{ backup: BackupDetail; runsLost: number; active: number }> {
    const { manifest } = await this.#files.open(id);
    let [runs, active] = [0, 0];
    for await (const item of scan(this.#parts.table)) {
      if (!isHeaderKey(item)) continue;
      if ((item as HeaderItem).ca > manifest.at) runs++;
      if (!isEnded(item as HeaderItem)) active++;
    }
    return { backup: await this.#files.detail(id), runsLost: runs, active };
  }

  restore(id: string, by: Actor, options: RestoreOptions = {}): Promise<RestoreReport> {
    const { progress = nothing, command } = options;
    return this.#alone(async () => {
      const last = await this.#last();
      const isOwn = last !== undefined && command !== undefined && last.for === command;
      if (isOwn && last.step === "done") return last.report as unknown as RestoreReport;
      return this.#recorded(
        "backup.restore",
        () => id,
        by,
        async () => {
          const { clock, random } = this.#parts;
          if (isOwn && isUnderWay(last)) {
            const resumed = await this.#resume(last, by, progress);
            if (resumed) return resumed;
          }
          // Checked before anything stops.
          await this.#files.verify(id, progress);
          const record = await this.#record.begin(runId(clock.now(), random.id()), id, by, clock.now(), command);
          return this.#run(record, by, progress);
        },
      );
    });
  }

  async unfinished(): Promise<{ id: string; backup: string; step: string } | undefined> {
    const record = await this.#record.read();
    return record && isUnderWay(record) ? { id: record.id, backup: record.backup, step: record.step } : undefined;
  }

  /**
   * Ends a restore that a crash cut off, before anything else begins: what had not begun to write is given up, what had is done from its
   * beginning, and where that fails the state before is given back. Undefined if there was none.
   */
  async recover(): Promise<"given up" | "finished" | "undone" | undefined> {
    const record = await this.#last();
    if (!record || !isUnderWay(record)) return undefined;
    const by: Actor = { who: LOCAL, reason: "found unfinished at the start" };
    return this.#goOn(record, by, nothing).then(
      (report) => (report ? "finished" : "given up"),
      () => "undone" as const,
    );
  }

  /** The same while an engine works here. Undefined where nothing had been replaced: it may begin anew. */
  async #resume(record: RestoreItem, by: Actor, progress: Progress): Promise<RestoreReport | undefined> {
    await this.#parts.halt();
    try {
      return await this.#goOn(record, by, progress);
    } finally {
      await this.#parts.renew();
    }
  }

  /** Undefined: it is given up, since nothing had been replaced. Errors: QMOI_RESTORE_FAILED, and the state before was given back. */
  async #goOn(record: RestoreItem, by: Actor, progress: Progress): Promise<RestoreReport | undefined> {
    this.#parts.logger.log("warn", "a restore was cut off", { restore: record.id, backup: record.backup, step: record.step });
    if (record.step === "stopping" || record.step === "saving") {
      await this.#end(record, "failed");
      return undefined;
    }
    if (record.step === "writing") return this.#write(record, by, progress);
    await this.#undo(record, by, progress);
    throw new QmoiError("QMOI_RESTORE_FAILED", `The restore of ${record.backup} failed, and the state before it was given back.`);
  }

  /** Stops, keeps what is there, writes; starts again however it ends. */
  async #run(begun: RestoreItem, by: Actor, progress: Progress): Promise<RestoreReport> {
    let record = begun;
    try {
      progress({ phase: "stop", done: 0 });
      await this.#record.stop(record, this.#parts.clock.now());
      await this.#parts.halt();
      record = await this.#record.step(record, "saving");
      // Whoever read just before the stop may act on it so long.
      await sleep(this.#parts.clock, STILL_MS);
      const before = await makeBackup(this.#parts, this.#files, { by, cause: "restore", progress });
      record = await this.#record.step(record, "writing", { before: before.id });
    } catch (error) {
      try {
        await this.#end(record, "failed");
      } finally {
        await this.#parts.renew();
      }
      throw error;
    }
    try {
      return await this.#write(record, by, progress);
    } finally {
      progress({ phase: "start", done: 0 });
      await this.#parts.renew();
    }
  }

  async #write(record: RestoreItem, by: Actor, progress: Progress): Promise<RestoreReport> {
    const { clock } = this.#parts;
    let applied: Applied;
    try {
      applied = await this.#apply(record, record.backup, { generation: record.gen, forward: true, progress }, by);
    } catch (cause) {
      await this.#undo(await this.#record.step(record, "undoing"), by, progress);
      throw new QmoiError(
        "QMOI_RESTORE_FAILED",
        `The restore of ${record.backup} failed, and the state before it was given back: ${(cause as Error).message}`,
        {
          cause,
          data: { restore: record.id, before: record.before ?? null },
        },
      );
    }
    // Whoever read before the last write may act on it so long: only then can work begin.
    await sleep(clock, STILL_MS);
    const { id, backup, before = "", gen, at } = record;
    const report: RestoreReport = { id, backup, before, generation: gen, at, finishedAt: clock.now(), ...applied, equal: true };
    await this.#end(record, "done", report);
    return report;
  }

  /** If this fails too, the system stays stopped, and the next start tries it again. */
  async #undo(record: RestoreItem, by: Actor, progress: Progress): Promise<void> {
    progress({ phase: "undo", done: 0 });
    await this.#apply(record, record.before as string, { generation: record.gen + 1, forward: false, progress }, by);
    await sleep(this.#parts.clock, STILL_MS);
    await this.#end(record, "failed");
  }

  async #apply(record: RestoreItem, id: string, options: Omit<ApplyOptions, "check">, by: Actor): Promise<Applied> {
    const backup = await this.#files.open(id);
    const applied = await applyBackup(this.#parts, backup, { ...options, check: () => this.#record.check(record) });
    for (const [name, { changed }] of Object.entries(backup.manifest.configuration))
      await this.#parts.configuration.restore(name, changed, by);
    return applied;
  }

  /** The record first: from then on nobody goes on with it, and work may begin. */
  async #end(record: RestoreItem, step: "done" | "failed", report?: RestoreReport): Promise<void> {
    const ended = await this.#record.step(record, step, report ? { report: report as unknown as Json } : {});
    await this.#record.start(ended, this.#parts.clock.now());
  }

  /** The last restore, unless there was none. Where it has ended, the stop that it was under has, too. */
  async #last(): Promise<RestoreItem | undefined> {
    const record = await this.#record.read();
    if (record && !isUnderWay(record)) await this.#record.start(record, this.#parts.clock.now());
    return record;
  }

  async #deleteExpired(): Promise<void> {
    const { settings, clock, logger } = this.#parts;
    const all = await Promise.all((await this.#files.ids()).map((id) => this.#files.detail(id).catch(() => undefined)));
    for (const { id } of expiredBackups(
      all.filter((one) => one !== undefined),
      settings().retention,
      clock.now(),
    )) {
      await this.#files.delete(id);
      logger.log("info", "backup deleted: it was too old", { backup: id });
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new QmoiError("QMOI_BACKUP_BUSY", "Another backup or restore is under way in this process.");
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #recorded<T>(action: string, subject: (done: T) => string, by: Actor, work: () => Promise<T>): Promise<T> {
    const { audit, logger } = this.#parts;
    const { who, ...about } = by;
    const record = (rest: Pick<AuditEvent, "outcome" | "subject" | "after">): Promise<void> =>
      audit
        .append({ action, who: who.id, ...about, ...rest })
        .catch((error) => logger.log("error", "audit record not stored in time", { error }));
    try {
      const done = await work();
      await record({ outcome: "done", subject: subject(done) });
      return done;
    } catch (error) {
      const code = error instanceof QmoiError ? error.code : "QMOI_INTERNAL";
      await record({ outcome: "failed", subject: "", after: { code } });
      throw error;
    }
  }
}
