import { basename } from "node:path";
import { importWfformat } from "@qmoi/advanced-automation";
import { readJson, type Workflow, type WorkflowDocument } from "@qmoi/config";
import { checkInputs, readWorkflow } from "@qmoi/config/check";
import { type Json, QmoiError } from "@qmoi/core";
import type { OwnWorkflow } from "@qmoi/simulator";
import { readInputs, readText } from "../inputs.ts";

const MOST_BYTES = 256 * 1024 * 1024;

/** Workflows from files as `--workflow file@seconds,…` names them: QMOI's own format, or WfFormat. Without times one run starts at once. */
export const ownWorkflows = (
  files: readonly string[],
  options: { readonly input?: readonly string[]; readonly inputs?: string },
): readonly OwnWorkflow[] => {
  const inputs = readInputs(options.input ?? [], options.inputs) as Readonly<Record<string, Json>>;
  const own = files.map((text): OwnWorkflow => {
    const { file, arrivals } = splitArrivals(text);
    const document = readDocument(file);
    checkInputs(document as unknown as Workflow, inputs);
    return { document, arrivals, inputs };
  });
  const names = own.map(({ document }) => document.name);
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice === undefined) return own;
  throw new QmoiError("QMOI_USAGE", `Two workflows are named "${twice}".`, {
    path: "--workflow",
    remedy: "Name a file once, with the times of all its runs.",
  });
};

const splitArrivals = (text: string): { file: string; arrivals: readonly number[] } => {
  const at = /^(.*)@([\d.,]+)$/.exec(text);
  if (!at) return { file: text, arrivals: [0] };
  const arrivals = (at[2] as string).split(",").map(Number);
  if (arrivals.some((seconds) => !Number.isFinite(seconds) || seconds > 86_400))
    throw new QmoiError("QMOI_USAGE", `\`${at[2]}\` are not seconds of up to a day, separated by commas.`, {
      path: "--workflow",
      remedy: "Write file.json@0,10,25.5.",
    });
  return { file: at[1] as string, arrivals };
};

/** A document of either format. */
const readDocument = (file: string): WorkflowDocument => {
  const text = readText(file);
  const json = readJson(text, { file, maxBytes: MOST_BYTES });
  if (isWfformat(json)) return importWfformat(json, { name: nameOf(file), timeScale: 1 });
  readWorkflow(text, {}, { file });
  return json as unknown as WorkflowDocument;
};

const isWfformat = (json: unknown): boolean =>
  typeof json === "object" && json !== null && "workflow" in json && typeof json.workflow === "object" && json.workflow !== null;

/** A name that a workflow may have, from a file's. */
export const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.json$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 100)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "") || "imported";
