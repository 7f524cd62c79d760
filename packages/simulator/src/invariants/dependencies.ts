import { at, BIT, isTerminal, ON } from "@qmoi/advanced-automation";
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
const unmet = (run: RunRecord, template: number): { parent: number; bit: number }[] => {
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
  const { needsAt, needs } = run.graph;
  const parents = Array.from(needs.subarray(at(needsAt, template), at(needsAt, template + 1)));
  if (!parents.some((parent) => judge.ledger.attemptsOf(run, parent).at(-1)?.item.w === "person")) return false;
  for (const item of judge.store.all())
    if (item.pk.startsWith("DL#") && item.sk === `${run.run}#${String(task).padStart(7, "0")}` && item.a === 0) return true;
  return false;
};

export const outcomesEarned: Invariant = {
  name: "outcomes-earned",
  sentence: "A task ends as its attempts, its needs, its condition or its run's cancellation say, and in no other way.",
  watch: (judge, violated) =>
    judge.on("task", ({ run, task, to }) => {
      if (!isTerminal(to)) return;
      const { graph, header } = run;
      const template = judge.ledger.templateOf(run, task);
      const def = graph.tasks[template]?.def;
      const wrong = (): void => violated(`${named(run, task)} is ${BIT_NAMES[to]} without a reason`);
      if (to === BIT.cancelled) {
        if (header.st !== "cancelling" && header.st !== "cancelled") wrong();
      } else if (to === BIT.skipped) {
        if (def?.when === undefined && unmet(run, task).length === 0) wrong();
      } else if (to === BIT.failed && gateFailed(judge, run, template, task)) {
        return;
      } else if (task === template && def?.forEach) {
        const expansion = header.exp?.find(([one]) => one === task);
        const instances = expansion ? run.bits.subarray(expansion[1], expansion[1] + expansion[2]) : new Uint8Array();
        if (to === BIT.succeeded && !instances.every((bit) => bit === BIT.succeeded)) wrong();
        if (to === BIT.failed && !instances.includes(BIT.failed)) wrong();
      } else {
        const last = judge.ledger.attemptsOf(run, task).at(-1);
        if (last?.item.s !== (to === BIT.succeeded ? "succeeded" : "failed")) wrong();
      }
    }),
};
