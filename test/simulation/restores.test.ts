import { randomInt } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { RestoreWorldResult } from "@qmoi/simulator";
import { describe, expect, it } from "vitest";
import type { RestoresTask } from "./support/restores-worker.ts";

type Result = Omit<RestoreWorldResult, "faults">;

/** `QMOI_RESTORE_WORLDS=2000` for more. Half of them are the same each time, half nobody has seen. */
const WORLDS = Number(process.env.QMOI_RESTORE_WORLDS ?? 40);
const known = Number(process.env.QMOI_SEED);
const seed = process.env.QMOI_SEED !== undefined && Number.isSafeInteger(known) ? Math.abs(known) : randomInt(2 ** 31);
const firstNew = 10_000 + (seed % 900_000_000);

const live = (task: RestoresTask): Promise<readonly (readonly Result[])[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./support/restores-worker.ts", import.meta.url), { workerData: task });
    worker.on("message", resolve);
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread of the simulation ended with ${code}`)));
  });

/** An engine that sees the table as it is goes on from what is half replaced: some world must notice. */
const UNSETTLED = { from: 1, seeds: 100, unsettled: true };

/** One is restored twice from a backup after which an effect that may happen only once began; the other's backup falls between the steps of a migration. */
const FOUND = [433_674_896, 433_674_920].map((from) => ({ from, seeds: 1 }));

describe(`backups and restores in ${WORLDS} seeded worlds`, () => {
  it("break no invariant, whoever works meanwhile and whatever fails", { timeout: 3_600_000 }, async () => {
    const seeds = Math.ceil(WORLDS / 4);
    const ranges = [1, firstNew].map((from) => ({ from, seeds }));
    const [full = [], small = []] = await Promise.all([
      live({ layout: "full", ranges: [...ranges, UNSETTLED] }),
      live({ layout: "small", ranges: [...ranges, ...FOUND] }),
    ]);
    expect(full[2]?.at(-1)?.violation).toBeDefined();
    const results = [...full.slice(0, 2), ...small].flat();
    const sum = (of: (result: Result) => number): number => results.reduce((all, one) => all + of(one), 0);
    const [backups, done, asked] = [sum((one) => one.backups), sum((one) => one.outcomes.done), sum((one) => one.outcomes.asked)];
    process.stdout.write(
      `${results.length} worlds, the new ones from seed ${firstNew} on: ${backups} backups, ${done} restores done and ${sum((one) => one.outcomes.undone)} undone, asked for ${asked} times\n`,
    );
    expect(results.flatMap(({ seed: of, violation }) => (violation ? [{ seed: of, ...violation }] : []))).toEqual([]);
    expect(backups).toBeGreaterThan(results.length);
    expect(done).toBeGreaterThan(results.length);
    // Processes died, or seemed dead, in the middle of many.
    expect(asked).toBeGreaterThan(1.2 * (backups + done));
  });
});
