import { MemoryBlobStore, MemoryTable, SystemClock, SystemRandom, ZstdSegmentCodec } from "@qmoi/adapters";
import { LOCAL, sha256, silentLogger } from "@qmoi/core";
import { BackupClock, StoredBackups } from "@qmoi/runtime/backup";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import type { Observable } from "../observable.ts";

const DAY_MS = 86_400_000;
const audit = { append: async () => undefined, later: () => undefined };

interface Vault {
  readonly backups: StoredBackups;
  readonly clock: BackupClock;
  /** Lets so many days pass. */
  readonly pass: (days: number) => void;
}

/** Backups of a small table under a configuration, with a clock that goes as the experiment says. */
const inVault =
  (experiment: (vault: Vault) => Promise<unknown>): Observable["observe"] =>
  async (config) => {
    const table = new MemoryTable();
    // Hashes compress badly enough for levels to differ, and are of a size that needs more than one small segment.
    for (let n = 0; n < 300; n++) {
      const words = Array.from({ length: 12 }, (_, k) => `${sha256(`${n % 40}/${k}`)} ${n * k}`);
      await table.put({ pk: "STAT#2026-01-01", sk: `w#${n}`, v: 1, d: words.join(" ") });
    }
    let offset = 0;
    const system = new SystemClock();
    const clock = { now: () => system.now() + offset, monotonic: () => system.monotonic(), after: system.after.bind(system) };
    const parts = { table, blobs: new MemoryBlobStore(), clock, audit, logger: silentLogger };
    const settings = () => config.backup;
    const backups = new StoredBackups({
      ...parts,
      settings,
      store: new MemoryBlobStore(),
      codec: new ZstdSegmentCodec(),
      secrets: { get: async () => "secret" },
      random: new SystemRandom(),
      configuration: await StoredConfiguration.open({ ...parts, readFile: () => undefined }),
      version: "0",
      halt: async () => undefined,
      renew: async () => undefined,
      isOnce: async () => false,
    });
    return experiment({
      backups,
      clock: new BackupClock({ ...parts, settings }, backups),
      pass: (days) => {
        offset += days * DAY_MS;
      },
    });
  };

/** Backups that are there after one was made and so many days went by, five times. */
const keptAfter = (days: number): Observable["observe"] =>
  inVault(async ({ backups, pass }) => {
    for (let n = 0; n < 5; n++) {
      await backups.create({ who: LOCAL });
      pass(days);
    }
    return (await backups.list()).items.length;
  });

/** Backups made by themselves in three hours. */
const madeInHours: Observable["observe"] = inVault(async ({ backups, clock, pass }) => {
  await clock.pass();
  for (let hour = 0; hour < 30; hour += 3) {
    pass(3 / 24);
    await clock.pass();
  }
  return (await backups.list()).items.length;
});

const shape = inVault(async ({ backups }) => {
  const { bytes, segments, encrypted } = await backups.create({ who: LOCAL });
  return { bytes: Math.round(bytes / 50), segments, encrypted };
});

/** When backups are made, how they are written, and how long they are kept. */
export const backupObservables: readonly Observable[] = [
  { leaf: "backup.enabled", change: { backup: { enabled: false } }, observe: madeInHours },
  { leaf: "backup.schedule", change: { backup: { schedule: "rate(4 hours)" } }, observe: madeInHours },
  { leaf: "backup.retention.days", change: { backup: { retention: { days: 5 } } }, observe: keptAfter(6) },
  { leaf: "backup.retention.atLeast", change: { backup: { retention: { atLeast: 2 } } }, observe: keptAfter(40) },
  { leaf: "backup.compressionLevel", change: { backup: { compressionLevel: 19 } }, observe: shape },
  { leaf: "backup.segmentBytes", change: { backup: { segmentBytes: 65_536 } }, observe: shape },
  { leaf: "backup.encryptionKey", change: { backup: { encryptionKey: "env:KEY" } }, observe: shape },
];
