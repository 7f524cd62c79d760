import { Worker } from "node:worker_threads";
import type { Played, WorkerData } from "./cell-worker.ts";
import type { Cell } from "./shared.ts";

/** Plays all cells on some threads. The results don't depend on how many. */
export const playCells = async (
  cells: readonly Cell[],
  threads: number,
  data: WorkerData,
  told: (done: number) => void,
): Promise<Played[]> => {
  const results: Played[][] = [];
  let next = 0;
  let done = 0;
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("./cell-worker.ts", import.meta.url), { workerData: data });
      let current = -1;
      const give = (): void => {
        current = next++;
        const cell = cells[current];
        if (cell) worker.postMessage(cell);
        else void worker.terminate().then(() => resolve(), reject);
      };
      worker.on("error", reject);
      worker.on("message", (played: Played[]) => {
        results[current] = played;
        told(++done);
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(threads, cells.length) }, thread));
  return results.flat();
};
