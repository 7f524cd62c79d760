import { BIT, isTerminal } from "@qmoi/advanced-automation";
import type { Invariant } from "../judge.ts";
import { BIT_NAMES, named } from "./names.ts";

export const oneCompletion: Invariant = {
  name: "one-completion",
  sentence: "An attempt is claimed once and ended once, by its token; a task has at most one attempt that succeeded.",
  watch: (judge, violated) => {
    judge.on("commit", ({ key, item }) => {
      if (!item && key.pk.startsWith("R#") && judge.ledger.runs.has(key.pk.split("#")[1] as string))
        violated(`${key.pk}/${key.sk} was deleted`);
    });
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      const which = named(run, task, attempt);
      if (old && old.s !== "running") return violated(`${which} had ended (${old.s}) and was written again (${item.s})`);
      if (old && old.tk !== item.tk) return violated(`${which} was claimed by ${old.w} and again by ${item.w}`);
      if (item.s !== "succeeded") return;
      const all = judge.ledger.attemptsOf(run, task).filter((one) => one?.item.s === "succeeded");
      if (all.length > 1) violated(`${named(run, task)} has ${all.length} attempts that succeeded`);
    });
  },
};

export const terminalFinal: Invariant = {
  name: "terminal-final",
  sentence: "A task or run that has ended stays as it ended, except what a person's redrive sets back; nothing that succeeded is set back.",
  watch: (judge, violated) => {
    judge.on("task", ({ run, task, from, to, afterEnd }) => {
      if (!isTerminal(from)) return;
      if (from !== BIT.succeeded && afterEnd && judge.redriven.has(run.run)) return;
      // A forEach whose instances are set back is expanded again.
      violated(`${named(run, task)} was ${BIT_NAMES[from]} and became ${BIT_NAMES[to]}`);
    });
    judge.on("header", ({ run, old, item }) => {
      if (old?.ea === undefined) return;
      if (item.ea !== undefined ? item.st !== old.st : old.st === "succeeded" || !judge.redriven.has(run.run))
        violated(`run ${run.run} had ${old.st} and became ${item.st}`);
    });
  },
};

export const cancelledStays: Invariant = {
  name: "cancelled-stays",
  sentence: "A run that is being cancelled ends as cancelled: nobody pauses, resumes or completes it instead.",
  watch: (judge, violated) =>
    judge.on("header", ({ run, old, item }) => {
      if (old?.st === "cancelling" && item.st !== "cancelling" && item.st !== "cancelled")
        violated(`run ${run.run} was being cancelled and became ${item.st}`);
    }),
};
