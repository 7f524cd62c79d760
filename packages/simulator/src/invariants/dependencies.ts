import { at, BIT, isTerminal, needsOf, ON } from "@qmoi/advanced-automation";
import type { Invariant, Judge } from "../judge.ts";
import type { RunRecord } from "../ledger.ts";
import { BIT_NAMES, named } from "./names.ts";

const satisfies = (on: number, bit: number): boolean => {
  if (!isTerminal(bit)) return false;
  if (on === ON.success) return bit === BIT.succeeded;
  if (on === ON.failure) return bit === BIT.failed;
  return bit !== BIT.cancelled;
};

/** The needs of a definition's task that are not satisfied by what is stored. */
export const unmet = (run: RunRecord, template: number): { parent: number; bit: number }[] => {
  const { needsAt, needs, needsOn } = run.graph;
  const found: { parent: number; bit: number }[] = [];
  for (let n = at(needsAt, template); n < at(needsAt, template + 1); n++) {
    const parent = at(needs, n);
    const bit = run.bits[parent] ?? 0;
    if (!satisfies(at(needsOn, n), bit)) found.push({ parent, bit });
  }
  return found;
};

export const dependenciesRespected: Invariant = {
  name: "dependencies-respected",
  sentence: "An attempt is claimed only when each need of its task has ended, in the store, in the way that the need asks for.",
  watch: (judge, violated) =>
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      if (old || item?.s !== "running") return;
      const [first] = unmet(run, judge.ledger.templateOf(run, task));
      if (first) violated(`${named(run, task, attempt)} was claimed while ${named(run, first.parent)} is ${BIT_NAMES[first.bit]}`);
    }),
};

/** Whether an expression on a person's decision failed the task: such a success has no output, of which an author didn't think. */
const gateFailed = (judge: Judge, run: RunRecord, template: number, task: number): boolean => {
  const parents = needsOf(run.graph, template);
  if (!judge.own && !parents.some((parent) => judge.ledger.attemptsOf(run, parent).at(-1)?.item.w === "person")) return false;
  for (const item of judge.store.all())
    if (item.pk.startsWith("DL#") && item.sk === `${run.run}#${String(task).padStart(7, "0")}` && item.a === 0) return true;
  return false;
};

/** Whether a task that has ended may have ended so. */
const isEarned = (judge: Judge, run: RunRecord, task: number): boolean => {
  const { graph, header, bits } = run;
  const bit = bits[task] ?? 0;
  const template = judge.ledger.templateOf(run, task);
  const def = graph.tasks[template]?.def;
  if (bit === BIT.cancelled) return header.st === "cancelling" || header.st === "cancelled";
  if (bit === BIT.skipped) return def?.when !== undefined || unmet(run, template).length > 0;
  if (bit === BIT.failed && gateFailed(judge, run, template, task)) return true;
  if (task === template && def?.forEach) {
    const expansion = header.exp?.find(([one]) => one === task);
    const instances = expansion ? bits.subarray(expansion[1], expansion[1] + expansion[2]) : new Uint8Array();
    return bit === BIT.succeeded ? instances.every((one) => one === BIT.succeeded) : instances.includes(BIT.failed);
  }
  return judge.ledger.attemptsOf(run, task).at(-1)?.item.s === (bit === BIT.succeeded ? "succeeded" : "failed");
};

export const outcomesEarned: Invariant = {
  name: "outcomes-earned",
  sentence: "A task ends as its attempts, its needs, its condition or its run's cancellation say, and in no other way.",
  watch: (judge, violated) => {
    const check = (run: RunRecord, task: number): void => {
      const bit = run.bits[task] ?? 0;
      if (isTerminal(bit) && !isEarned(judge, run, task)) violated(`${named(run, task)} is ${BIT_NAMES[bit]} without a reason`);
    };
    // The parts of a large run are stored one after another: they fit together when the run says that it has ended.
    judge.on("task", ({ run, task }) => run.header.small && check(run, task));
    judge.on("ran", ({ run }) => {
      for (const task of run.bits.keys()) check(run, task);
    });
  },
};
