import type { Json } from "@qmoi/core";
import { generationOf } from "@qmoi/master-automation";
import type { Definitions } from "./definitions.ts";
import { ATTEMPT_TASKS, type AttemptItem, attemptOf, type HeaderItem, keys, type PartItem, runOf } from "./items.ts";
import { isOfRun } from "./of-run.ts";
import type { Ports } from "./ports.ts";
import { type Ending, RunEntry } from "./run-entry.ts";

/** Reads a run and everything the fold needs; undefined if there is no such run. */
export const loadRun = async (ports: Ports, definitions: Definitions, run: string): Promise<RunEntry | undefined> => {
  const header = (await ports.table.get(keys.header(run))) as HeaderItem | undefined;
  return header && !header.gone ? loadRunOf(ports, definitions, header) : undefined;
};

export const loadRunOf = async (ports: Ports, definitions: Definitions, header: HeaderItem): Promise<RunEntry> => {
  const parts = new Map<number, PartItem>();
  if (!header.small) {
    for await (const item of pages(ports, header.pk, "F#")) parts.set(Number(item.sk.slice(2)), partOf(header, item as PartItem));
    // Parts that are newer than the header may speak of instances that it doesn't know.
    const now = (await ports.table.get(header)) as HeaderItem;
    if (now.v !== header.v) return loadRunOf(ports, definitions, now);
  }
  const graph = await definitions.graph(header.ver);
  const inputs = await readInputs(ports, header);
  const lists = new Map<number, readonly Json[]>();
  for (const [template] of header.exp ?? []) lists.set(template, await readList(ports, header, template));
  return new RunEntry(header, graph, inputs, lists, parts);
};

/** A part that is older than the last restore was under way then: it counts as missing, which means pending. */
const partOf = (header: HeaderItem, part: PartItem): PartItem =>
  generationOf(part) >= generationOf(header) ? part : { pk: part.pk, sk: part.sk, v: part.v, fn: 0, b: "" };

/** A run's inputs, from the header or its blob. */
export const readInputs = async (ports: Ports, header: HeaderItem): Promise<Json> =>
  header.inb === undefined ? (header.in ?? {}) : readJson(ports, header.inb);

/** The elements of a forEach; empty before it was expanded. */
export const readList = async (ports: Ports, header: HeaderItem, template: number): Promise<readonly Json[]> => {
  const blob = header.exp?.find(([number]) => number === template)?.[3];
  return blob === undefined || blob === "" ? [] : ((await readJson(ports, blob)) as readonly Json[]);
};

const readJson = async (ports: Ports, key: string): Promise<Json> => {
  const bytes = await ports.blobs.get(key);
  if (!bytes) throw new Error(`blob ${key} is missing`);
  return JSON.parse(Buffer.from(bytes).toString()) as Json;
};

/** All items of one partition. */
export async function* pages(ports: Ports, pk: string, prefix?: string): AsyncGenerator<AttemptItem | PartItem> {
  for (let after: string | undefined; ; ) {
    const page = await ports.table.query({ pk, ...(prefix === undefined ? {} : { prefix }), ...(after === undefined ? {} : { after }) });
    yield* page.items as readonly (AttemptItem | PartItem)[];
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** Every attempt of a run in task order. */
export async function* attemptsOf(ports: Ports, header: Pick<HeaderItem, "pk" | "v">, tasks: number): AsyncGenerator<Ending> {
  const run = runOf(header.pk);
  for (let first = 0; first < tasks; first += ATTEMPT_TASKS) {
    for await (const item of pages(ports, keys.attempts(run, first))) {
      const at = attemptOf(item);
      // Instances of an expansion that came after `tasks` were counted are nobody's business here.
      if (at && at.task < tasks && isOfRun(item as AttemptItem, header))
        yield { task: at.task, attempt: at.attempt, item: item as AttemptItem };
    }
  }
}
