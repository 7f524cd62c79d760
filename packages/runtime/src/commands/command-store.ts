import { hasCode, NotFoundError, type Page } from "@qmoi/core";
import { type CommandView, hasCommandEnded, type StepRecord } from "@qmoi/master-automation";
import type { PageRequest } from "../control-plane.ts";
import { unchanged } from "../items.ts";
import type { Ports } from "../ports.ts";
import { type ActiveItem, type CommandItem, commandKeys, commandView, idOf, type StepItem } from "./command-item.ts";

/** Commands and their steps as they are stored. Each write is conditional: whoever comes second reads again. */
export class CommandStore {
  readonly #table: Ports["table"];

  constructor({ table }: Pick<Ports, "table">) {
    this.#table = table;
  }

  /** Stores a new command; otherwise the one that was there before. */
  async create(item: CommandItem): Promise<{ readonly item: CommandItem; readonly created: boolean }> {
    try {
      await this.#table.put(item, { when: { site: "command.create", absent: true } });
      return { item, created: true };
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      return { item: (await this.#table.get(item)) as CommandItem, created: false };
    }
  }

  async find(id: string): Promise<CommandItem | undefined> {
    return /^[0-9a-z]{1,40}$/.test(id) ? ((await this.#table.get(commandKeys.header(id))) as CommandItem | undefined) : undefined;
  }

  /** Errors: QMOI_NOT_FOUND. */
  async get(id: string): Promise<CommandItem> {
    const item = await this.find(id);
    if (!item) throw new NotFoundError(`There is no command "${id.slice(0, 100)}".`, { remedy: "List them with `qmoi command list`." });
    return item;
  }

  /** Changes a command that has not ended; one that has stays as it is. */
  async change(id: string, apply: (item: CommandItem) => CommandItem): Promise<CommandItem> {
    for (;;) {
      const stored = await this.get(id);
      if (hasCommandEnded(stored.st)) return stored;
      const next = { ...apply(stored), v: stored.v + 1 };
      try {
        await this.#table.put(next, { when: { site: "command.change", v: stored.v } });
        return next;
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      }
    }
  }

  async view(id: string): Promise<CommandView> {
    return commandView(await this.get(id), await this.steps(id));
  }

  /** Newest first. */
  async list(request: PageRequest = {}): Promise<Page<CommandView>> {
    const { limit = 50, after } = request;
    const page = await this.#table.queryIndex({
      index: 1,
      pk: commandKeys.list,
      reverse: true,
      limit: Math.min(limit, 1000),
      ...(after === undefined ? {} : { after }),
    });
    const items = await Promise.all(page.items.map(({ pk }) => this.find(idOf(pk))));
    const views = items.flatMap((item) => (item ? [commandView(item, [])] : []));
    return page.next === undefined ? { items: views } : { items: views, next: page.next };
  }

  /** Commands that have not ended, in the order of the queue. */
  async open(): Promise<readonly CommandItem[]> {
    const found: CommandItem[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#table.queryIndex({ index: 2, pk: commandKeys.queue, ...(after === undefined ? {} : { after }) });
      for (const { pk } of page.items) {
        const item = await this.find(idOf(pk));
        if (item && !hasCommandEnded(item.st)) found.push(item);
      }
      if (page.next === undefined) return found;
      after = page.next;
    }
  }

  async steps(id: string): Promise<readonly StepRecord[]> {
    const page = await this.#table.query({ pk: commandKeys.header(id).pk, prefix: "S#" });
    return (page.items as readonly StepItem[]).map(({ d }) => d as StepRecord).sort(byStart);
  }

  async step(id: string, step: string): Promise<StepItem | undefined> {
    return (await this.#table.get(commandKeys.step(id, step))) as StepItem | undefined;
  }

  /** Writes a step over what was read of it; resolves with what is stored, which may be another's. */
  async putStep(id: string, step: string, read: StepItem | undefined, record: StepRecord): Promise<StepItem> {
    const item = { ...commandKeys.step(id, step), v: (read?.v ?? 0) + 1, d: record as StepItem["d"] };
    try {
      await this.#table.put(item, { when: unchanged("command.step", read) });
      return item;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      return (await this.step(id, step)) as StepItem;
    }
  }

  async active(): Promise<ActiveItem | undefined> {
    return (await this.#table.get(commandKeys.active)) as ActiveItem | undefined;
  }

  /** Makes `id` the command that runs, or with `""` none, if nobody has changed it since it was read. */
  async setActive(read: ActiveItem | undefined, id: string): Promise<boolean> {
    try {
      await this.#table.put({ ...commandKeys.active, v: (read?.v ?? 0) + 1, id }, { when: unchanged("command.active", read) });
      return true;
    } catch (error) {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
      return false;
    }
  }
}

/** Within one millisecond in the order of the machine: a wave's acts, its verification, the next wave; what is undone, from the last wave on. */
const byStart = (a: StepRecord, b: StepRecord): number => a.startedAt - b.startedAt || rankOf(a) - rankOf(b);

const rankOf = ({ step, wave }: StepRecord): number =>
  step === "undo" ? Number.MAX_SAFE_INTEGER - wave : 2 * wave + (step === "verify" ? 1 : 0);
