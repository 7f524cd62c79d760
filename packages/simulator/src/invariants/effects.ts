import type { AttemptItem } from "@qmoi/runtime";
import { keys } from "@qmoi/runtime";
import type { Invariant } from "../judge.ts";
import type { Effect } from "../world/executors.ts";

const nameOf = ({ call }: Effect): string => `${call.run}/${call.task}/${call.attempt}`;

export const currentToken: Invariant = {
  name: "current-token",
  sentence:
    "An effect begins only while the store has its attempt running under the claim of the worker that begins it: not ended, not taken over. (Where clocks differ by more than 5 s a lease may be taken over early; then only its completion is refused.)",
  watch: (judge, violated) =>
    judge.on("began", (effect) => {
      const { call, life } = effect;
      const run = judge.ledger.runs.get(call.run);
      const item =
        run && (judge.store.peek(keys.attempt(call.run, judge.ledger.numberOf(run, call.task), call.attempt)) as AttemptItem | undefined);
      if (item?.w !== life.id) violated(`${life.id} began ${nameOf(effect)}, which ${item ? `${item.w} holds` : "nobody claimed"}`);
      else if (item.s !== "running" && !judge.skews.far)
        violated(`${life.id} began ${nameOf(effect)}, which has ${item.s} (${item.f?.code ?? "-"})`);
    }),
};

export const noOverlap: Invariant = {
  name: "no-overlap",
  sentence:
    "Two attempts of a task never run at the same time, in the store or outside: the next one is claimed after the last one ended, and its effect begins after the last one's, unless that one ignored its abort, its worker stood still too long to abort it, or clocks differ by more than 5 s.",
  watch: (judge, violated) => {
    const going = new Map<string, Effect>();
    const key = ({ call }: Effect): string => `${call.run}/${call.task}`;
    judge.on("attempt", ({ run, task, attempt, old, item }) => {
      if (old || item?.s !== "running") return;
      const before = judge.ledger.attemptsOf(run, task).slice(0, attempt - 1);
      for (let n = 0; n < attempt - 1; n++)
        if (before[n]?.endedAt === undefined)
          violated(`attempt ${attempt} of ${run.run}/${task} was claimed, and attempt ${n + 1} has not ended`);
    });
    judge.on("began", (effect) => {
      const other = going.get(key(effect));
      const stalled = other !== undefined && other.life.stalledUntil > other.began;
      if (other && !other.ignoresAbort && !stalled && !judge.skews.far)
        violated(`${nameOf(effect)} began while attempt ${other.call.attempt} goes on (by ${other.life.id})`);
      going.set(key(effect), effect);
    });
    judge.on("ended", (effect) => {
      if (going.get(key(effect)) === effect) going.delete(key(effect));
    });
  },
};

/** What a failure of this class leaves open. */
const UNKNOWN: ReadonlySet<string> = new Set(["timeout", "heartbeat", "network", "memory", "cancelled", "lost"]);

export const effectOnce: Invariant = {
  name: "effect-once",
  sentence:
    "The effect of a task declared `effect: once` begins again only if its last attempt is recorded as a failure whose outcome is known, or a person has settled the task or redriven its run since; each decision settles one attempt. (A restore that takes a run back takes back what is known of it: a request to start it that comes late starts it anew.)",
  watch: (judge, violated) => {
    const begun = new Map<string, Effect>();
    judge.on("commit", ({ key, item, site }) => {
      if (item || site !== "restore.clear" || key.sk !== "H") return;
      for (const known of begun.keys()) if (known.startsWith(`${key.pk.slice(2)}/`)) begun.delete(known);
    });
    const decidedAt = new Map<string, number>();
    judge.on("header", ({ run, old, item }) => {
      if (old?.ea !== undefined && item.ea === undefined) decidedAt.set(run.run, judge.world.now);
    });
    const settledAt = new Map<string, number>();
    judge.on("attempt", ({ run, task, item, old }) => {
      if (old || item.w !== "person") return;
      const key = `${run.run}/${task}`;
      settledAt.set(key, judge.world.now);
      const decided = judge.ledger.attemptsOf(run, task).filter((one) => one?.item.w === "person").length;
      const asked = judge.decisions.get(key);
      if (asked !== undefined && decided > asked) violated(`${key} was decided ${decided} times, which persons asked for ${asked} times`);
    });
    judge.on("began", (effect) => {
      const { call } = effect;
      const run = judge.ledger.runs.get(call.run);
      if (!run) return;
      const task = judge.ledger.numberOf(run, call.task);
      if (run.graph.tasks[judge.ledger.templateOf(run, task)]?.def.effect !== "once") return;
      const key = `${call.run}/${task}`;
      const last = begun.get(key);
      begun.set(key, effect);
      if (!last || Math.max(settledAt.get(key) ?? -1, decidedAt.get(call.run) ?? -1) >= last.began) return;
      const item = judge.store.peek(keys.attempt(call.run, task, last.call.attempt)) as AttemptItem | undefined;
      if (item?.s !== "failed" || item.un || UNKNOWN.has(item.f?.class ?? "lost"))
        violated(`${nameOf(effect)} began again; the outcome of attempt ${last.call.attempt} is ${item?.s} ${item?.f?.class ?? ""}`);
    });
  },
};

/** Classes by which the engine itself ends an attempt, and what must have happened outside. */
const ABORTS: ReadonlySet<string> = new Set(["timeout", "heartbeat", "cancelled"]);

export const outcomesTrue: Invariant = {
  name: "outcomes-true",
  sentence: "What an attempt is recorded to have done is what its executor said, or that it was aborted or its worker lost.",
  watch: (judge, violated) => {
    const effects = new Map<string, Effect>();
    judge.on("began", (effect) => void effects.set(nameOf(effect), effect));
    judge.on("attempt", ({ run, task, attempt, item, commit }) => {
      if (!item || item.s === "running" || item.s === "void" || item.w === "person") return;
      const name = `${run.run}/${run.graph.tasks[task]?.name ?? instanceName(run.header.exp ?? [], run.graph.tasks, task)}/${attempt}`;
      const effect = effects.get(name);
      const said = effect?.said;
      const wrong = (): void =>
        violated(
          `${name} is recorded as ${item.s} ${item.f?.class ?? ""} (${item.f?.message ?? ""}); its executor said ${JSON.stringify(said)}`,
        );
      if (item.s === "succeeded") {
        if (!said?.ok) wrong();
      } else if (item.f?.class === "lost") {
        if (commit.site !== "attempt.takeover") wrong();
      } else if (item.s === "cancelled" || ABORTS.has(item.f?.class ?? "")) {
        if (effect && effect.aborted === undefined && !effect.call.signal.aborted) wrong();
      } else if (item.f?.code === "QMOI_STORE_UNAVAILABLE") {
        // Its input could not be read, or its output not be stored: then nobody says that it succeeded.
        if (item.f.class !== "unavailable" || said?.ok === false) wrong();
      } else if (judge.own && !effect && item.f?.code === "QMOI_INVALID_EXPRESSION") {
        // Its input could not be made of what the needs gave.
      } else if (said?.ok !== false || said.failure.class !== item.f?.class) wrong();
    });
  },
};

const instanceName = (
  exp: readonly (readonly [number, number, number, string])[],
  tasks: readonly { readonly name: string }[],
  task: number,
): string => {
  const expansion = exp.find(([, offset, count]) => task >= offset && task < offset + count);
  return expansion ? `${tasks[expansion[0]]?.name}[${task - expansion[1]}]` : `#${task}`;
};
