import { Unjustified } from "../fuzz.ts";

export interface RawNeed {
  readonly task: string;
  readonly on: string;
}

export interface RawTask {
  readonly name: string;
  readonly needs?: readonly (string | { readonly task: string; readonly on?: string })[];
  readonly [key: string]: unknown;
}

export const needsOf = (task: RawTask): readonly RawNeed[] =>
  (task.needs ?? []).map((need) => (typeof need === "string" ? { task: need, on: "success" } : { on: "success", ...need }));

/** Every task that comes before each task; with needs on success alone as `sure`. Errors: Unjustified for anything but a graph without cycles. */
export const ancestorsOf = (
  tasks: readonly RawTask[],
): { readonly all: ReadonlyMap<string, ReadonlySet<string>>; readonly sure: ReadonlyMap<string, ReadonlySet<string>> } => {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  if (byName.size < tasks.length) throw new Unjustified("two tasks have one name");
  const close = (accept: (need: RawNeed) => boolean): Map<string, Set<string>> => {
    const closed = new Map<string, Set<string>>();
    const visit = (name: string, way: readonly string[]): Set<string> => {
      const known = closed.get(name);
      if (known) return known;
      if (way.includes(name)) throw new Unjustified(`${name} comes before itself`);
      const found = new Set<string>();
      for (const need of needsOf(byName.get(name) as RawTask)) {
        if (!byName.has(need.task)) throw new Unjustified(`${need.task} is no task`);
        if (!accept(need)) continue;
        found.add(need.task);
        for (const earlier of visit(need.task, [...way, name])) found.add(earlier);
      }
      closed.set(name, found);
      return found;
    };
    for (const { name } of tasks) visit(name, []);
    return closed;
  };
  const [all, sure] = [close(() => true), close(({ on }) => on === "success")];
  for (const task of tasks) {
    const needs = needsOf(task);
    if (new Set(needs.map((need) => need.task)).size < needs.length) throw new Unjustified(`${task.name} has a need twice`);
    for (const { task: need, on } of needs)
      if (on === "failure" && sure.get(task.name)?.has(need)) throw new Unjustified(`${task.name} waits for both outcomes of ${need}`);
  }
  return { all, sure };
};
