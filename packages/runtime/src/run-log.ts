import type { Logger } from "@qmoi/core";
import type { Ending, RunEntry } from "./run-entry.ts";

/** What a person wants to know of attempts that ended: success is for debugging, failure is not. */
export const logEndings = (logger: Logger, entry: RunEntry, endings: readonly Ending[]): void => {
  for (const { task, attempt, item } of endings) {
    const facts = { run: entry.run, task: entry.state.nameOf(task), attempt, ms: (item.ea ?? item.sa) - item.sa };
    if (item.s === "succeeded") logger.log("debug", "attempt succeeded", facts);
    else logger.log("warn", "attempt failed", { ...facts, failure: item.f?.code, says: item.f?.message });
  }
};

export const logRunEnd = (logger: Logger, { run, header, state }: RunEntry): void => {
  const facts = { run, workflow: header.wf, state: header.st, tasks: state.size, ms: (header.ea ?? header.sa) - header.sa };
  logger.log(header.st === "failed" ? "warn" : "info", "run ended", facts);
};
