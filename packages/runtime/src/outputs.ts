import { at } from "@qmoi/advanced-automation";
import type { Json, JsonObject } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import { type AttemptItem, type HeaderItem, keys } from "./items.ts";
import { isOfRun } from "./of-run.ts";
import type { Ports } from "./ports.ts";
import type { RunEntry } from "./run-entry.ts";
import type { RunFacts } from "./run-facts.ts";

/** Outputs remembered at least; twice as many at most. */
const REMEMBERED = 20_000;

/** A task as expressions see it: its state, and its output once it succeeded. */
export interface TaskScope extends JsonObject {
  readonly state: string;
  readonly output: Json;
}

/** Outcomes of ended tasks: remembered when they pass by, else read from the last attempt or its blob. */
export class Outputs {
  readonly #ports: Ports;
  /** In two generations: a map that loses its oldest entry again and again has to look past all that went before. */
  #young = new Map<string, Json>();
  #old = new Map<string, Json>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Remembers a small output that other tasks may look at; large ones stay in the blob store. */
  heard({ run, header, graph, state }: RunEntry, task: number, item: AttemptItem): void {
    // Another engine may have expanded what this one doesn't know of yet.
    if (item.s !== "succeeded" || item.ob !== undefined || task >= state.size || !isOfRun(item, header)) return;
    const { index } = state.locate(task).task;
    if (at(graph.childrenAt, index) === at(graph.childrenAt, index + 1)) return;
    this.#young.set(keyOf(run, header, task), item.o ?? null);
    if (this.#young.size < REMEMBERED) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** The scope's `tasks` for these names. A forEach's output is the list of its instances' outputs, null where one didn't succeed. */
  async scope(facts: RunFacts, names: Iterable<string>): Promise<Record<string, TaskScope>> {
    const scope: Record<string, TaskScope> = {};
    for (const name of names) {
      const task = facts.graph.indexOf.get(name);
      if (task !== undefined) scope[name] = await this.#ofTask(facts, task);
    }
    return scope;
  }

  async #ofTask(facts: RunFacts, task: number): Promise<TaskScope> {
    const expansion = (facts.header.exp ?? []).find(([template]) => template === task);
    if (!expansion) return facts.graph.tasks[task]?.def.forEach ? { state: "skipped", output: null } : this.#single(facts, task);
    const instances = await Promise.all(Array.from({ length: expansion[2] }, (_, k) => this.#single(facts, expansion[1] + k)));
    const state = ["failed", "cancelled"].find((bad) => instances.some((one) => one.state === bad)) ?? "succeeded";
    return { state, output: instances.map((one) => one.output) };
  }

  async #single({ run, header }: RunFacts, task: number): Promise<TaskScope> {
    const key = keyOf(run, header, task);
    const known = this.#young.has(key) ? this.#young.get(key) : this.#old.get(key);
    if (known !== undefined) return { state: "succeeded", output: known };
    const attempts = { pk: keys.attempts(run, task), prefix: keys.attemptsOfTask(task), reverse: true };
    // The last one is of the run, unless it was under way while a restore replaced the run.
    const last = await this.#ports.table.query({ ...attempts, limit: 1 });
    const strays = last.items.some((one) => !isOfRun(one as AttemptItem, header));
    const page = strays ? await this.#ports.table.query(attempts) : last;
    const item = (page.items as readonly AttemptItem[]).find((one) => isOfRun(one, header));
    if (!item || item.s === "void") return { state: "skipped", output: null };
    return { state: item.s, output: item.s === "succeeded" ? await this.load(item) : null };
  }

  /** The output of a succeeded attempt, fetched where it is large. */
  async load(item: AttemptItem): Promise<Json> {
    if (item.ob === undefined) return item.o ?? null;
    const bytes = await this.#ports.blobs.get(item.ob);
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Json) : null;
  }
}

/** By generation: after a restore a task may give another output. */
const keyOf = (run: string, header: HeaderItem, task: number): string => `${run}/${generationOf(header)}/${task}`;
