// Judges a run from its record alone: that each task started after its needs had ended, and that no pool was over its slots.
// It imports nothing of QMOI, so that it can't share its mistakes.
//
//   qmoi tasks <run> --json | node judge.mjs --workflow <file.json> [--slots <n> | --slots <pool>=<n>]… [--succeeded]
//   node judge.mjs --workflow <file.json> --tasks <file.json>
//
// Exit code: 0 the record holds; 1 it doesn't, with the first violation on standard error; 2 the arguments or files can't be read.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const ENDED = new Set(["succeeded", "failed", "skipped", "cancelled"]);
/** States of a need after which a task may start, by the need's `on`. */
const MET_BY = { success: new Set(["succeeded"]), failure: new Set(["failed"]), always: ENDED };

class Violation extends Error {}

const violated = (message) => {
  throw new Violation(message);
};

/** `name[3]` is the fourth instance of the forEach task `name`. */
const templateOf = (name) => name.replace(/\[\d+\]$/, "");
/** A forEach's own record stands for its instances: it is no attempt and holds no slots. */
const isForEach = (task, name) => task.forEach !== undefined && name === task.name;
const needsOf = (task) =>
  (task.needs ?? []).map((need) => (typeof need === "string" ? { task: need, on: "success" } : { on: "success", ...need }));
const poolOf = (workflow, task) => {
  const pool = task.resources?.pool ?? "default";
  return workflow.pools?.[pool] === undefined ? pool : `${workflow.name}/${pool}`;
};

/** The records by the workflow's task; each must be of one, once, and say of it what the workflow says. */
const matchRecords = (workflow, records) => {
  const tasks = new Map(workflow.tasks.map((task) => [task.name, task]));
  const byTask = new Map(workflow.tasks.map((task) => [task.name, []]));
  const seen = new Set();
  for (const record of records) {
    const task = tasks.get(record.name) ?? tasks.get(templateOf(record.name));
    if (task === undefined || (record.name !== task.name && task.forEach === undefined))
      violated(`"${record.name}" is not a task of the workflow`);
    if (seen.has(record.name)) violated(`"${record.name}" is recorded twice`);
    seen.add(record.name);
    checkRecord(workflow, task, record);
    byTask.get(task.name).push(record);
  }
  for (const [name, found] of byTask) if (found.length === 0) violated(`"${name}" has no record`);
  return byTask;
};

const checkRecord = (workflow, task, record) => {
  const slots = task.resources?.slots ?? 1;
  if (record.slots !== slots) violated(`"${record.name}" took ${record.slots} slots, and the workflow says ${slots}`);
  const pool = poolOf(workflow, task);
  if (record.pool !== pool) violated(`"${record.name}" took slots of the pool "${record.pool}", and the workflow says "${pool}"`);
  const needs = needsOf(task)
    .map((need) => need.task)
    .sort();
  if (JSON.stringify([...record.needs].sort()) !== JSON.stringify(needs))
    violated(`"${record.name}" has other needs than the workflow: ${record.needs}`);
  checkSequence(record);
};

const checkSequence = ({ name, state, startSeq, endSeq }) => {
  for (const [key, value] of Object.entries({ startSeq, endSeq })) {
    if (value != null && !Number.isSafeInteger(value))
      violated(`"${name}" has the ${key} ${JSON.stringify(value)}, which is not a whole number`);
  }
  if (!ENDED.has(state)) violated(`"${name}" has not ended: it is ${state}`);
  if (startSeq != null && endSeq == null && state !== "cancelled") violated(`"${name}" ${state} without an endSeq`);
  if (startSeq != null && endSeq != null && startSeq >= endSeq)
    violated(`"${name}" ended at ${endSeq}, not after its start at ${startSeq}`);
};

const checkRan = (byTask, tasks) => {
  for (const task of tasks) {
    for (const { name, state, startSeq } of byTask.get(task.name)) {
      if (state === "succeeded" && startSeq == null && !isForEach(task, name)) violated(`"${name}" succeeded without a startSeq`);
    }
  }
};

const checkNeeds = (byTask, tasks) => {
  for (const task of tasks) {
    for (const need of needsOf(task)) {
      const needed = byTask.get(need.task) ?? violated(`"${task.name}" needs "${need.task}", which the workflow doesn't have`);
      for (const child of byTask.get(task.name)) if (child.startSeq != null) for (const parent of needed) checkNeed(child, parent, need.on);
    }
  }
};

const checkNeed = (child, parent, on) => {
  if (!MET_BY[on].has(parent.state)) violated(`"${child.name}" started although its need "${parent.name}" (on ${on}) ${parent.state}`);
  // What was skipped or cancelled before it started has no place in the order.
  if (parent.endSeq == null && parent.startSeq == null) return;
  if (parent.endSeq == null || parent.endSeq >= child.startSeq) {
    violated(
      `"${child.name}" started at ${child.startSeq}, not after its need "${parent.name}" had ended at ${parent.endSeq ?? "no time"}`,
    );
  }
};

/** Sweeps over starts and ends: a task holds its slots at every s with startSeq ≤ s < endSeq. */
const checkPools = (records, capacities) => {
  const events = records
    .filter((record) => record.startSeq != null)
    .flatMap((record) => [
      { at: record.startSeq, change: record.slots, record },
      { at: record.endSeq ?? Number.POSITIVE_INFINITY, change: -record.slots, record },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
  const used = new Map();
  for (const { at, change, record } of events) {
    const now = (used.get(record.pool) ?? 0) + change;
    used.set(record.pool, now);
    const capacity = capacities.get(record.pool);
    if (change > 0 && capacity === undefined)
      violated(`the slots of the pool "${record.pool}" are not known; pass --slots ${record.pool}=<n>`);
    if (now > capacity)
      violated(`the pool "${record.pool}" has ${capacity} slots, and ${now} were taken at ${at}, when "${record.name}" started`);
  }
};

const capacitiesOf = (workflow, options) => {
  const own = Object.entries(workflow.pools ?? {}).map(([name, { slots }]) => [`${workflow.name}/${name}`, slots]);
  const given = options.map((option) => {
    const [, pool = "default", slots] = /^(?:(.+)=)?(\d+)$/.exec(option) ?? [];
    if (slots === undefined) throw new Error(`--slots ${option}: expected <n> or <pool>=<n>`);
    return [pool, Number(slots)];
  });
  return new Map([...own, ...given]);
};

const judge = (workflow, records, capacities, succeeded) => {
  const byTask = matchRecords(workflow, records);
  checkRan(byTask, workflow.tasks);
  checkNeeds(byTask, workflow.tasks);
  checkPools(
    workflow.tasks.flatMap((task) => byTask.get(task.name).filter(({ name }) => !isForEach(task, name))),
    capacities,
  );
  const other = succeeded ? records.find(({ state }) => state !== "succeeded") : undefined;
  if (other !== undefined) violated(`"${other.name}" did not succeed: it ${other.state}`);
};

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

const main = () => {
  const options = {
    workflow: { type: "string" },
    tasks: { type: "string" },
    slots: { type: "string", multiple: true, default: [] },
    succeeded: { type: "boolean", default: false },
  };
  const { values } = parseArgs({ options });
  if (values.workflow === undefined) throw new Error("--workflow is missing");
  const workflow = readJson(values.workflow);
  const records = readJson(values.tasks ?? 0);
  if (!Array.isArray(workflow.tasks) || !Array.isArray(records))
    throw new Error("expected a workflow with tasks, and a list of task records");
  judge(workflow, records, capacitiesOf(workflow, values.slots), values.succeeded);
  process.stdout.write(`${records.length} tasks kept to their needs and pools\n`);
};

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Violation ? "violation" : "error"}: ${error.message}\n`);
  process.exitCode = error instanceof Violation ? 1 : 2;
}
