import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";
import type { Evaluation, Quantity, TableOptions } from "@qmoi/forecast";
import { evaluateTable, evaluateWfformat } from "@qmoi/forecast/evaluation";
import { plural } from "../format.ts";
import { readText } from "../inputs.ts";
import { readCsv } from "./csv-file.ts";

/** What to backtest on. */
export type EvaluateJob =
  | { readonly csv: string; readonly options: TableOptions }
  | { readonly wfformat: string; readonly seed: number; readonly quantity: Quantity };

/** Most bytes of a workflow execution. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads and backtests; `told` hears how far it is. Errors: QMOI_USAGE, QMOI_INVALID_CSV, QMOI_INVALID_WFFORMAT, QMOI_INVALID_INPUT, QMOI_EVALUATION_LEAK. */
export const evaluateJob = async (job: EvaluateJob, told: (progress: string) => void = () => {}): Promise<Evaluation> => {
  if ("wfformat" in job) {
    const step = (done: number, all: number): void => told(`forecasting instance ${done + 1} of ${all}`);
    return evaluateWfformat(instancesOf(job.wfformat), { seed: job.seed, quantity: job.quantity, told: step });
  }
  const { rows, notes } = await readCsv(job.csv, (count) => told(`${count} rows read`));
  told(`looking for leaks in ${plural(rows.length, "row")}`);
  const evaluation = evaluateTable(rows, job.options, (done, folds) =>
    told(folds === 1 ? `learning from ${plural(rows.length, "row")}` : `fold ${done + 1} of ${folds}`),
  );
  return { ...evaluation, notes: [...notes, ...evaluation.notes] };
};

const instancesOf = (folder: string): { name: string; document: unknown }[] => {
  const files = namesIn(folder).filter((name) => name.endsWith(".json"));
  if (files.length === 0)
    throw new QmoiError("QMOI_USAGE", `${folder} holds no .json files.`, { path: folder, remedy: "Name a folder of WfFormat instances." });
  return files.sort().map((name) => {
    const file = join(folder, name);
    return { name: file, document: readJson(readText(file), { file, maxBytes: MOST_BYTES }) };
  });
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new QmoiError("QMOI_USAGE", `${folder} can't be read: ${(cause as Error).message}.`, {
      path: folder,
      remedy: "Name a folder of WfFormat instances.",
      cause,
    });
  }
};
