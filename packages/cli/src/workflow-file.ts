import { dirname, isAbsolute, resolve } from "node:path";
import { readJson, type WorkflowDocument } from "@qmoi/config";
import { readWorkflow as checkText } from "@qmoi/config/check";
import { isLoopback } from "./connection.ts";
import { readText } from "./inputs.ts";
import type { Io } from "./io.ts";

/** Whether what was given to `run` is a file rather than a workflow's name. */
export const isFile = (given: string): boolean => given === "-" || given.endsWith(".json") || /[\\/]/.test(given);

/**
 * A workflow document from a file, checked here so that errors name file and line. Modules of functions, which the file names relative to
 * itself, become absolute for a server of this machine, which works in another folder. A stage goes by the text: it has the functions that were
 * deployed for what workflows say.
 */
export const readWorkflow = (file: string, { QMOI_URL: url }: Io["env"]): WorkflowDocument => {
  const text = readText(file);
  const name = file === "-" ? "standard input" : file;
  // What fits is for the server to say: it knows its pools and its host.
  checkText(text, {}, { file: name });
  const document = readJson(text, { file: name }) as unknown as WorkflowDocument;
  if (url && !isLoopback(url)) return document;
  const folder = file === "-" ? process.cwd() : dirname(resolve(file));
  return { ...document, tasks: document.tasks.map((task) => withAbsoluteModule(task, folder)) };
};

type Task = WorkflowDocument["tasks"][number];

const withAbsoluteModule = (task: Task, folder: string): Task =>
  task.target.type === "function" && !isAbsolute(task.target.module) && !/^(?:file|inline):/.test(task.target.module)
    ? { ...task, target: { ...task.target, module: resolve(folder, task.target.module) } }
    : task;
