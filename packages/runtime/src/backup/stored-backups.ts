import { type Actor, type AuditEvent, LOCAL, type Page, QmoiError } from "@qmoi/core";
import { expiredBackups } from "@qmoi/master-automation";
import type { PageRequest } from "../control-plane.ts";
import { type HeaderItem, isEnded, isHeaderKey } from "../items.ts";
import { runId } from "../run-starter.ts";
import { type Applied, applyBackup } from "./apply-backup.ts";
import { BackupFiles } from "./backup-files.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { BackupCause, BackupDetail, Backups, BackupView, Progress, RestoreOptions, RestoreReport } from "./backups.ts";
import { makeBackup } from "./make-backup.ts";
import { isUnderWay, type RestoreItem, RestoreRecord } from "./restore-record.ts";
import { scan } from "./snapshot.ts";

const nothing: Progress = () => undefined;

/** Backups of one system: see Backups. */
export class StoredBackups implements Backups {
  readonly #parts: BackupParts;
  readonly #files: BackupFiles;
  readonly #record: RestoreRecord;
  #busy = false;

  constructor(parts: BackupParts) {
    this.#parts = parts;
    this.#files = new BackupFiles(parts);
    this.#record = new RestoreRecord(parts.table);
  }

  create(by: Actor, options: { cause?: BackupCause; progress?: Progress } = {}): Promise<BackupDetail> {
    return this.#alone(async () => {
      const { cause = "request", progress } = options;
      const make = () => makeBackup(this.#parts, this.#files, { by, cause, ...(progress ? { progress } : {}) });
      const { id } = await this.#recorded("backup.create", ({ id: made }) => made, by, make);
      await this.#deleteExpired();
      return this.#files.detail(id);
    });
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

  restore(id: string, by: Actor, { progress = nothing, stayStopped = false }: RestoreOptions = {}): Promise<RestoreReport> {
    return this.#alone(() =>
      this.#recorded(
        "backup.restore",
        () => id,
        by,
        async () => {
          const { clock, random } = this.#parts;
          // Checked before anything stops.
          await this.#files.verify(id, progress);
          const record = await this.#record.begin(runId(clock.now(), random.id()), id, by, clock.now());
          return this.#run(record, by, progress, stayStopped);
        },
      ),
    );
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
    const record = await this.#record.read();
    if (!record || !isUnderWay(record)) return undefined;
    const by: Actor = { who: LOCAL, reason: "found unfinished at the start" };
    this.#parts.logger.log("warn", "a restore was cut off", { restore: record.id, backup: record.backup, step: record.step });
    if (record.step === "stopping" || record.step === "saving") {
      await this.#end(record, "failed", false);
      return "given up";
    }
    if (record.step === "undoing") {
      await this.#undo(record, by, nothing);
      return "undone";
    }
    return this.#write(record, by, nothing, false).then(
      () => "finished" as const,
      () => "undone" as const,
    );
  }

  /** Stops, keeps what is there, writes; starts again however it ends. */
  async #run(begun: RestoreItem, by: Actor, progress: Progress, stayStopped: boolean): Promise<RestoreReport> {
    let record = begun;
    try {
      progress({ phase: "stop", done: 0 });
      await this.#record.stop(record, this.#parts.clock.now());
      await this.#parts.halt();
      record = await this.#record.step(record, "saving");
      const before = await makeBackup(this.#parts, this.#files, { by, cause: "restore", progress });
      record = await this.#record.step(record, "writing", before.id);
    } catch (error) {
      await this.#end(record, "failed", false);
      await this.#parts.renew();
      throw error;
    }
    try {
      return await this.#write(record, by, progress, stayStopped);
    } finally {
      progress({ phase: "start", done: 0 });
      await this.#parts.renew();
    }
  }

  async #write(record: RestoreItem, by: Actor, progress: Progress, stayStopped: boolean): Promise<RestoreReport> {
    const { clock } = this.#parts;
    let applied: Applied;
    try {
      applied = await this.#apply(record.backup, record.gen, true, by, progress);
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
    await this.#end(record, "done", stayStopped);
    const { id, backup, before = "", gen, at } = record;
    return { id, backup, before, generation: gen, at, finishedAt: clock.now(), ...applied, equal: true };
  }

  /** If this fails too, the system stays stopped, and the next start tries it again. */
  async #undo(record: RestoreItem, by: Actor, progress: Progress): Promise<void> {
    progress({ phase: "undo", done: 0 });
    await this.#apply(record.before as string, record.gen + 1, false, by, progress);
    await this.#end(record, "failed", false);
  }

  async #apply(id: string, generation: number, forward: boolean, by: Actor, progress: Progress): Promise<Applied> {
    const backup = await this.#files.open(id);
    const applied = await applyBackup(this.#parts, backup, { generation, forward, progress });
    for (const [name, { changed }] of Object.entries(backup.manifest.configuration))
      await this.#parts.configuration.restore(name, changed, by);
    return applied;
  }

  async #end(record: RestoreItem, step: "done" | "failed", stayStopped: boolean): Promise<void> {
    await this.#record.start(record, this.#parts.clock.now(), stayStopped);
    await this.#record.step(record, step);
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
