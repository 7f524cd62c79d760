import { type Actor, hasCode, type Item, type Json, QmoiError, type Table, type When } from "@qmoi/core";
import { type ControlItem, type ControlMode, keys, unchanged } from "../items.ts";

/**
 * stopping, saving: nothing is replaced yet; writing: the backup replaces what is stored; undoing: the state before does, again; done, failed:
 * it has ended.
 */
export type RestoreStep = "stopping" | "saving" | "writing" | "undoing" | "done" | "failed";

/** The restore that is under way, or the last one. */
export interface RestoreItem extends Item {
  readonly id: string;
  readonly backup: string;
  /** The backup of the state before, once there is one. */
  readonly before?: string;
  readonly step: RestoreStep;
  /** Of what the backup writes; the state before, given back, is of the next one. */
  readonly gen: number;
  readonly at: number;
  readonly who: string;
  readonly why?: string;
  /** Id of the command that it was begun for. */
  readonly for?: string;
  /** What it came to, once it is done. */
  readonly report?: Json;
}

/** The control item while a restore is under way. */
interface StoppedItem extends ControlItem {
  readonly restore?: string;
  /** What it goes back to. */
  readonly was?: { readonly mode: ControlMode; readonly discard: boolean };
}

/** Where it is told. */
export const RESTORE_KEY = { pk: "RESTORE", sk: "RESTORE" } as const;

export const isUnderWay = ({ step }: Pick<RestoreItem, "step">): boolean => step !== "done" && step !== "failed";

/** The recorded steps of restores, and the stop under which they work. */
export class RestoreRecord {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async read(): Promise<RestoreItem | undefined> {
    return (await this.#table.get(RESTORE_KEY)) as RestoreItem | undefined;
  }

  /** Errors: QMOI_BACKUP_BUSY. */
  async begin(id: string, backup: string, by: Actor, at: number, command: string | undefined): Promise<RestoreItem> {
    const last = await this.read();
    if (last && isUnderWay(last)) throw busy(last);
    const item: RestoreItem = {
      ...RESTORE_KEY,
      v: (last?.v ?? 0) + 1,
      id,
      backup,
      step: "stopping",
      gen: (last?.gen ?? -1) + 2,
      at,
      who: by.who.id,
      ...(by.reason === undefined ? {} : { why: by.reason }),
      ...(command === undefined ? {} : { for: command }),
    };
    return this.#write(item, last);
  }

  step(record: RestoreItem, step: RestoreStep, more: Pick<RestoreItem, "before" | "report"> = {}): Promise<RestoreItem> {
    return this.#write({ ...record, ...more, v: record.v + 1, step }, record);
  }

  /** Errors: QMOI_BACKUP_BUSY where the restore is not at this step any more. */
  async check({ id, step }: RestoreItem): Promise<void> {
    const now = await this.read();
    if (now && (now.id !== id || now.step !== step)) throw busy(now);
  }

  /** Nothing new begins, and what runs is aborted, until `start`. */
  async stop({ id, who }: RestoreItem, at: number): Promise<void> {
    const when = (read: StoppedItem | undefined): When => unchanged("restore.stop", read);
    await this.#change(when, (control) => {
      if (control?.restore !== undefined) return undefined;
      const was = { mode: control?.mode ?? "running", discard: control?.discard === true };
      return { ...control, mode: "stopped", reason: `restore ${id}`, who, at, discard: true, restore: id, was };
    });
  }

  /** Once it has ended: goes back to what was before the stop, unless somebody has changed that meanwhile. Safe to repeat. */
  async start({ id, who }: RestoreItem, at: number): Promise<void> {
    const when = (read: StoppedItem | undefined): When => unchanged("restore.start", read);
    await this.#change(when, (control) => {
      if (control?.restore !== id) return undefined;
      const { restore: _, was, discard: __, ...rest } = control;
      return {
        ...rest,
        mode: was?.mode ?? "running",
        reason: `restore ${id} has ended`,
        who,
        at,
        ...(was?.discard ? { discard: true } : {}),
      };
    });
  }

  async #change(
    when: (read: StoppedItem | undefined) => When,
    next: (control: StoppedItem | undefined) => object | undefined,
  ): Promise<void> {
    for (;;) {
      const control = (await this.#table.get(keys.control)) as StoppedItem | undefined;
      const changed = next(control);
      if (!changed) return;
      const item = { ...keys.control, ...changed, v: (control?.v ?? 0) + 1, epoch: (control?.epoch ?? 0) + 1 };
      try {
        await this.#table.put(item as unknown as Item, { when: when(control) });
        return;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
    }
  }

  async #write(item: RestoreItem, read: RestoreItem | undefined): Promise<RestoreItem> {
    try {
      await this.#table.put(item, { when: unchanged("restore.step", read) });
      return item;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      const stored = (await this.read()) ?? item;
      // Its own write may have had no answer, and have been repeated.
      if (stored.v === item.v && stored.id === item.id && stored.step === item.step) return item;
      throw busy(stored);
    }
  }
}

export const busy = ({ id, step }: RestoreItem): QmoiError =>
  new QmoiError("QMOI_BACKUP_BUSY", `The restore ${id} is under way (${step}).`);
