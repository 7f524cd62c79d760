import { BIT } from "@qmoi/advanced-automation";
import type { Json, JsonObject } from "@qmoi/core";
import type { Invariant } from "../judge.ts";
import { hasEnded } from "../ledger.ts";
import { BIT_NAMES, named } from "./names.ts";

export const progress: Invariant = {
  name: "progress",
  sentence:
    "Nothing waits for ever: once faults have ceased and persons have decided what is theirs, every run ends within a bounded time.",
  watch: (judge, violated) =>
    judge.on("end", () => {
      for (const run of judge.ledger.runs.values()) {
        if (hasEnded(run.header)) continue;
        const open = [...run.bits.keys()].filter((task) => (run.bits[task] ?? 0) < BIT.succeeded);
        const task = open[0] ?? 0;
        const last = judge.ledger.attemptsOf(run, task).at(-1)?.item;
        const attempt = last ? `attempt ${last.sk} ${last.s} by ${last.w}` : "no attempt";
        violated(
          `run ${run.run} is still ${run.header.st}: ${open.length} tasks open, ${named(run, task)} ${BIT_NAMES[run.bits[task] ?? 0]}, ${attempt}`,
        );
      }
    }),
};

export const historyComplete: Invariant = {
  name: "history-complete",
  sentence:
    "History has every attempt: each effect was claimed under its attempt's number, numbers have no gaps, ended ones have end and order, a task that failed for good has its dead letter.",
  watch: (judge, violated) => {
    judge.on("task", ({ run, task, to }) => {
      if (to !== BIT.failed || run.graph.tasks[task]?.def.forEach) return;
      const last = judge.ledger.attemptsOf(run, task).at(-1)?.item;
      if (last?.w === "person") return;
      const day = new Date(last?.ea ?? run.header.sa).toISOString().slice(0, 10);
      if (!judge.store.peek({ pk: `DL#${day}`, sk: `${run.run}#${String(task).padStart(7, "0")}` }))
        violated(`${named(run, task)} failed and has no dead letter`);
    });
    judge.on("end", () => {
      for (const run of judge.ledger.runs.values()) {
        for (const [task, all] of run.attempts) {
          for (let n = 0; n < all.length; n++) {
            const item = all[n]?.item;
            if (!item) return violated(`${named(run, task)} has attempt ${all.length} and no attempt ${n + 1}`);
            if (item.s === "running") return violated(`${named(run, task, n + 1)} has not ended`);
            if (item.ea === undefined || item.ea < item.sa || item.es === undefined || (item.ss !== undefined && item.es <= item.ss))
              return violated(`${named(run, task, n + 1)} ended in a wrong order: ${item.sa} to ${item.ea}, ${item.ss} to ${item.es}`);
          }
        }
      }
    });
  },
};

export const hostHeld: Invariant = {
  name: "host-held",
  sentence: "What a process has reserved never exceeds what its host had to give when it reserved last, nor its most attempts at a time.",
  watch: (judge, violated) =>
    judge.on("hinted", ({ life }) => {
      for (const { life: own, engine } of judge.engines()) {
        if (own !== life) continue;
        const { reserved } = engine.host;
        const asked = judge.hostAnswer(life);
        if (reserved.running > judge.settings.maxRunning) violated(`${life.id} reserves for ${reserved.running} attempts`);
        for (const kind of ["cpu", "memory", "disk"] as const)
          if (asked && reserved[kind] > asked.reserved[kind] && reserved[kind] > asked.available[kind] * (1 + 1e-9))
            violated(`${life.id} reserves ${reserved[kind]} of ${asked.available[kind]} ${kind}`);
      }
    }),
};

export const dataFlows: Invariant = {
  name: "data-flows",
  sentence: "A task's input holds the outputs of the attempts that were accepted of the tasks it needs.",
  watch: (judge, violated) =>
    judge.on("began", ({ call }) => {
      const run = judge.ledger.runs.get(call.run);
      const needs = (call.input as JsonObject | null)?.needs as Readonly<Record<string, Json>> | undefined;
      if (!run || !needs) return;
      // What a person's own payload calls so is theirs.
      const task = run.graph.tasks[judge.ledger.templateOf(run, judge.ledger.numberOf(run, call.task))];
      if (judge.own && task?.def.payload !== undefined) return;
      for (const [name, given] of Object.entries(needs)) {
        const expected = judge.expectedOutput(run, name);
        if (JSON.stringify(given) !== JSON.stringify(expected))
          violated(
            `${call.run}/${call.task}/${call.attempt} got ${JSON.stringify(given).slice(0, 80)} of ${name}, not ${JSON.stringify(expected).slice(0, 80)}`,
          );
      }
    }),
};

/** Messages of the engine at level error are defects by its own account. */
export const noDefect: Invariant = {
  name: "no-defect",
  sentence: "The engine meets no state that it doesn't know how to handle: it logs no error.",
  watch: (judge, violated) =>
    judge.on("logged", ({ life, level, message, fields }) => {
      if (level === "error")
        violated(
          `${life.id}: ${message}: ${fields.error instanceof Error ? (fields.error.stack ?? fields.error.message) : JSON.stringify(fields)}`,
        );
    }),
};
