import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "@qmoi/config";
import { QmoiError } from "@qmoi/core";
import type { Evaluation, Quantity, TableOptions } from "@qmoi/forecast";
import { evaluateTable, evaluateWfformat } from "@qmoi/forecast/evaluation";
import { readText } from "../inputs.ts";
import { readCsv } from "./csv-file.ts";

/** What to backtest on. */
export type EvaluateJob =
  | { readonly csv: string; readonly options: TableOptions }
  | { readonly wfformat: string; readonly seed: number; readonly quantity: Quantity };

/** Most bytes of a workflow execution. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads and backtests. Errors: QMOI_USAGE, QMOI_INVALID_CSV, QMOI_INVALID_WFFORMAT, QMOI_INVALID_INPUT, QMOI_EVALUATION_LEAK. */
export const evaluateJob = async (job: EvaluateJob): Promise<Evaluation> => {
  if ("wfformat" in job) return evaluateWfformat(instancesOf(job.wfformat), { seed: job.seed, quantity: job.quantity });
  const { rows, notes } = await readCsv(job.csv);
  const evaluation = evaluateTable(rows, job.options);
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
