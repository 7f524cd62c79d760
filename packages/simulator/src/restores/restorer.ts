import { hasCode, LOCAL, type SegmentCodec, type Table } from "@qmoi/core";
import type { BackupDetail, RestoreReport } from "@qmoi/runtime";
import { StoredBackups } from "@qmoi/runtime/backup";
import type { Cluster, Process } from "../cluster.ts";
import { ensure } from "../ensure.ts";
import { type SmallStores, simBlobs } from "../ports/small-stores.ts";
import type { SeededRandom } from "../random.ts";
import type { Life } from "../world/life.ts";

/** Who asked for a backup or a restore asks somebody else after so long without an answer; the first may still be at it. */
const PATIENCE_MS = 45_000;
const AGAIN_MS = [500, 4_000] as const;
const BY = { who: LOCAL };

/** Compresses nothing: what a codec does happens outside of the world's time. */
const plainCodec: SegmentCodec = {
  deriveKey: async () => ({ encrypt: new Uint8Array(), sign: new Uint8Array() }),
  seal: async (plain) => plain,
  open: async (sealed) => sealed,
};

export interface RestorerParts {
  readonly cluster: Cluster;
  readonly random: SeededRandom;
  /** Where backups lie. */
  readonly store: SmallStores;
  /** The table as it is, by how an engine sees it. */
  readonly raw: (seen: Table) => Table;
}

/** Has backups made and restored by whichever engine answers, as a command's execution does: asked again until there is an outcome. */
export class Restorer {
  /** Ids of backups that are whole, oldest first. */
  readonly made: string[] = [];
  readonly outcomes = { done: 0, undone: 0, asked: 0 };
  /** What was asked and has no outcome yet. */
  asking = 0;
  readonly #parts: RestorerParts;
  readonly #backups = new Map<Life, StoredBackups>();
  #commands = 0;

  constructor(parts: RestorerParts) {
    this.#parts = parts;
  }

  backUp(): void {
    this.#insist<BackupDetail, never>(
      (backups) => backups.create(BY),
      ({ id }) => void this.made.push(id),
    );
  }

  /** Restores a backup, once one is whole. `done` is told once there is an outcome. */
  restore(done: () => void): void {
    const backup = this.made.length > 0 ? this.#parts.random.pick(this.made) : undefined;
    if (backup === undefined) {
      done();
      return;
    }
    const command = `restore-${++this.#commands}`;
    this.#insist<RestoreReport, "undone">(
      (backups) => backups.restore(backup, BY, { command }),
      (report) => {
        this.outcomes[report === "undone" ? "undone" : "done"]++;
        done();
      },
      (error) => (hasCode(error, "QMOI_RESTORE_FAILED") ? "undone" : undefined),
    );
  }

  /** A process that starts looks whether a restore was cut off. */
  recover(process: Process): void {
    this.#of(process)
      .recover()
      .catch(() => undefined);
  }

  #insist<T, R>(
    ask: (backups: StoredBackups) => Promise<T>,
    answered: (value: T | R) => void,
    final: (error: unknown) => R | undefined = () => undefined,
  ): void {
    const { cluster, random } = this.#parts;
    const { world, processes } = cluster;
    this.asking++;
    let ended = false;
    const end = (value: T | R): void => {
      if (ended) return;
      ended = true;
      this.asking--;
      answered(value);
    };
    const attempt = (): void => {
      if (ended) return;
      let open = true;
      const again = (): void => {
        if (!open) return;
        open = false;
        world.after(random.between(...AGAIN_MS), undefined, attempt);
      };
      const able = [...processes.values()].filter(({ roles }) => roles.decides !== false);
      if (able.length === 0) {
        again();
        return;
      }
      this.outcomes.asked++;
      const process = random.pick<Process>(able);
      cluster.trace(() => `${process.life.id}: is asked for a backup or a restore`);
      ask(this.#of(process)).then(end, (error: unknown) => {
        cluster.trace(() => `${process.life.id}: ${String(error)}`);
        const outcome = final(error);
        if (outcome === undefined) again();
        else end(outcome);
      });
      world.after(PATIENCE_MS, undefined, again);
    };
    attempt();
  }

  #of({ life, engine }: Process): StoredBackups {
    const { cluster, store, raw } = this.#parts;
    const { clock, random, logger, secrets, table, blobs } = engine.ports;
    const once = async (version: string, expansions: Parameters<StoredOnce>[1], task: number): Promise<boolean> => {
      const { tasks } = cluster.judge.ledger.graph(version);
      const template = expansions?.find(([, offset, count]) => task >= offset && task < offset + count)?.[0] ?? task;
      return tasks[template]?.def.effect === "once";
    };
    return ensure(
      this.#backups,
      life,
      () =>
        new StoredBackups({
          table: raw(table),
          blobs,
          store: simBlobs(cluster.world, life, store),
          codec: plainCodec,
          secrets,
          clock,
          random,
          logger,
          audit: { append: async () => undefined, later: () => undefined },
          configuration: { list: () => [], restore: () => Promise.reject(new Error("there is no configuration to restore")) },
          version: "0",
          settings: () => SETTINGS,
          halt: () => engine.halt(),
          renew: () => engine.renew(),
          isOnce: once,
        }),
    );
  }
}

type Parts = ConstructorParameters<typeof StoredBackups>[0];
type StoredOnce = Parts["isOnce"];

const SETTINGS: ReturnType<Parts["settings"]> = {
  enabled: true,
  schedule: "rate(1 day)",
  compressionLevel: 1,
  segmentBytes: 20_000,
  encryptionKey: null,
  retention: { days: 30, atLeast: 100 },
};
