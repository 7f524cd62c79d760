import { hasCode, type Item, LOCAL, nextAfter, parseSchedule } from "@qmoi/core";
import { unchanged } from "../items.ts";
import type { BackupParts } from "./backup-parts.ts";
import type { Backups } from "./backups.ts";

/** When the schedule was last followed: rates count from there. */
interface CursorItem extends Item {
  readonly at: number;
}

const KEY = { pk: "BACKUP", sk: "CURSOR" } as const;
/** A change of the schedule counts after so long at the latest. */
const LONGEST_MS = 60_000;

type ClockParts = Pick<BackupParts, "table" | "clock" | "logger" | "settings">;

/** Makes backups by themselves, as the schedule says: one process wins each time, by a write that only one can make. */
export class BackupClock {
  readonly #parts: ClockParts;
  readonly #backups: Backups;
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(parts: ClockParts, backups: Backups) {
    this.#parts = parts;
    this.#backups = backups;
  }

  /** Follows the schedule from now on. */
  start(): void {
    const { clock, logger } = this.#parts;
    const next = async (): Promise<void> => {
      const wait = await this.pass().catch((error) => {
        logger.log("error", "scheduled backup not made; it is tried again", { error });
        return LONGEST_MS;
      });
      if (!this.#stopped) this.#cancel = clock.after(wait, () => void next());
    };
    void next();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Makes the backup that is due, if one is; resolves with the milliseconds until it makes sense to look again. */
  async pass(): Promise<number> {
    const { table, clock, settings } = this.#parts;
    const { enabled, schedule } = settings();
    if (!enabled) return LONGEST_MS;
    const cursor = (await table.get(KEY)) as CursorItem | undefined;
    const now = clock.now();
    // A store that was never followed begins to count now.
    const due = cursor ? nextAfter(parseSchedule(schedule, "UTC", { anchor: cursor.at }), cursor.at) : now;
    if (due === undefined || due > now) return Math.min((due ?? Number.POSITIVE_INFINITY) - now, LONGEST_MS);
    try {
      await table.put({ ...KEY, v: (cursor?.v ?? 0) + 1, at: now }, { when: unchanged("backup.schedule", cursor) });
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      return 0;
    }
    if (cursor) await this.#make(cursor, schedule);
    return 0;
  }

  /** One that can't be made is due again. */
  async #make(cursor: CursorItem, schedule: string): Promise<void> {
    try {
      await this.#backups.create({ who: LOCAL, reason: schedule }, { cause: "schedule" });
    } catch (error) {
      await this.#parts.table
        .put({ ...cursor, v: cursor.v + 2 }, { when: { site: "backup.again", v: cursor.v + 1 } })
        .catch(() => undefined);
      throw error;
    }
  }
}
