import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { BoundTargets } from "@qmoi/config";

/** A function of the user that workflows name as a task's target. */
export interface TaskFunctionSource {
  /** Without the stage's prefix. The task-runner derives the same from the target. */
  readonly name: string;
  /** File of the module. */
  readonly module: string;
  readonly exported: string;
  readonly workflows: readonly string[];
}

interface Document {
  readonly name?: string;
  readonly tasks?: readonly { readonly target?: { readonly type?: string; readonly module?: string; readonly export?: string } }[];
}

/**
 * The functions named by the workflows of a folder, and by what bindings stand for; both say where a module lies from that folder. One text
 * that stands for two files is an error: the target says the text only.
 */
export const taskFunctionSources = (dir: string, bound: BoundTargets = new Map()): readonly TaskFunctionSource[] => {
  const found = new Map<string, TaskFunctionSource>();
  const files = readdirSync(dir).filter((name) => name.endsWith(".json"));
  const documents = files.map((file) => ({ name: file, ...(JSON.parse(readFileSync(resolve(dir, file), "utf8")) as Document) }));
  const bindings = [...bound].map(([name, target]): Document => ({ name: `the binding ${name}`, tasks: [{ target }] }));
  for (const { name: workflow = "", tasks = [] } of [...documents, ...bindings]) {
    for (const { target } of tasks) {
      if (target?.type !== "function" || target.module === undefined) continue;
      const exported = target.export ?? "default";
      const name = `task-${createHash("sha256").update(`${target.module}#${exported}`).digest("hex").slice(0, 12)}`;
      const module = resolve(dir, target.module);
      const known = found.get(name);
      if (known && known.module !== module)
        throw new Error(`The module "${target.module}" is ${known.module} in ${known.workflows.join(", ")}, and ${module} in ${workflow}.`);
      found.set(name, { name, module, exported, workflows: [...new Set([...(known?.workflows ?? []), workflow])] });
    }
  }
  return [...found.values()];
};
