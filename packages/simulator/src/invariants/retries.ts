import { BIT } from "@qmoi/advanced-automation";
import type { RetryPolicy } from "@qmoi/config";
import type { AttemptItem } from "@qmoi/runtime";
import type { Invariant, Judge } from "../judge.ts";
import type { RunRecord } from "../ledger.ts";
import { named } from "./names.ts";

interface Allowed {
  readonly again: boolean;
  /** Least wait after the failure, in ms. */
  readonly wait: number;
}

/** What the policy says of a failure, as the documentation has it: written again here, from the definition alone. */
export const allowed = (judge: Judge, run: RunRecord, task: number, failed: AttemptItem, tries: number): Allowed => {
  const failure = failed.f as NonNullable<AttemptItem["f"]>;
  const { workflow, tasks } = run.graph;
  const def = tasks[judge.ledger.templateOf(run, task)]?.def;
  const declared: RetryPolicy | undefined = def?.retry ?? workflow.retry;
  const byClass = judge.settings.retries[failure.class];
  const policy = declared ?? byClass;
  if (!policy || tries >= policy.attempts) return { again: false, wait: 0 };
  if (declared?.on ? !declared.on.includes(failure.class) : !byClass) return { again: false, wait: 0 };
  const factor = policy.backoff === "constant" ? 1 : policy.backoff === "linear" ? tries : 2 ** (tries - 1);
  const wait = policy.jitter === "none" ? Math.min(policy.delay * factor, policy.cap) * 1000 : 0;
  return { again: true, wait: Math.max(wait, failure.retryAfterMs ?? 0) };
};

/** Tries that count since the last redrive: attempts that failed. Void and cancelled ones are none. */
export const triesOf = (judge: Judge, run: RunRecord, task: number, upTo: number): number => {
  let tries = 0;
  for (let n = run.before.get(task) ?? 0; n < upTo; n++) {
    const item = judge.ledger.attemptsOf(run, task)[n]?.item;
    if (item?.s === "failed" || (item?.s === "cancelled" && item.un)) tries++;
  }
  return tries;
};

export const retriesWithinPolicy: Invariant = {
  name: "retries-within-policy",
  sentence:
    "A task is tried again only after a failure that its policy tries again, only as often as that says and not sooner; it fails only when the policy is exhausted or a person says so.",
  watch: (judge, violated) => {
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      const redriven = run.before.get(task) ?? 0;
      if (old || item?.s !== "running" || attempt - 1 <= redriven) return;
      const last = judge.ledger.attemptsOf(run, task)[attempt - 2];
      if (!last) return violated(`${named(run, task, attempt)} was claimed without attempt ${attempt - 1}`);
      if (last.item.s === "succeeded") return violated(`${named(run, task, attempt)} was claimed after a success`);
      if (last.item.s !== "failed" || last.item.un) return;
      const { again, wait } = allowed(judge, run, task, last.item, triesOf(judge, run, task, attempt - 1));
      if (!again) return violated(`${named(run, task, attempt)} is tried again after ${last.item.f?.class} against its policy`);
      const waited = judge.world.time + judge.skews.ahead - (last.item.ea ?? 0);
      if (waited < wait) violated(`${named(run, task, attempt)} began ${waited} ms after the failure, not ${wait}`);
    });
    judge.on("task", ({ run, task, to }) => {
      const template = run.graph.tasks[judge.ledger.templateOf(run, task)];
      if (to !== BIT.failed || (template?.index === task && template.def.forEach)) return;
      const attempts = judge.ledger.attemptsOf(run, task);
      const last = attempts.at(-1)?.item;
      if (!last || last.w === "person" || !last.f) return;
      if (allowed(judge, run, task, last, triesOf(judge, run, task, attempts.length)).again)
        violated(`${named(run, task)} failed after ${last.f.class}, though its policy tries again`);
    });
  },
};
