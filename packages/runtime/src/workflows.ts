import type { Workflow } from "@qmoi/config";
import { hasCode, type Item, NotFoundError, type Page, QmoiError } from "@qmoi/core";
import type { PageRequest, WorkflowView } from "./control-plane.ts";
import { type Definitions, versionOf } from "./definitions.ts";
import { keys, unchanged } from "./items.ts";
import type { Ports } from "./ports.ts";

/** One published version. */
interface VersionItem extends Item {
  readonly num: number;
  readonly at: number;
  readonly n: number;
  readonly desc?: string;
}

/** The latest version of a workflow. `sc`: it has schedules; `po`: it brings pools. */
export interface HeadItem extends VersionItem {
  readonly ver: string;
  readonly sc: boolean;
  readonly po?: boolean;
}

const viewOf = (name: string, version: string, item: VersionItem): WorkflowView => ({
  name,
  version,
  number: item.num,
  publishedAt: item.at,
  tasks: item.n,
  ...(item.desc === undefined ? {} : { description: item.desc }),
});

/** Published workflows and their versions. */
export class Workflows {
  readonly #ports: Ports;
  readonly #definitions: Definitions;

  constructor(ports: Ports, definitions: Definitions) {
    this.#ports = ports;
    this.#definitions = definitions;
  }

  /**
   * Stores a checked workflow under the hash of its content and makes it the latest. The same content again changes nothing. The head gives
   * the numbers, under its version, so that no two versions share one; a version's own item follows from the head that first named it.
   */
  async publish(workflow: Workflow): Promise<WorkflowView & { readonly created: boolean }> {
    const { table, clock } = this.#ports;
    const version = versionOf(workflow);
    for (;;) {
      const head = await this.#head(workflow.name);
      // What a crash between the two writes has left is finished before the head moves on.
      if (head) await this.#keepVersion(head);
      if (head?.ver === version) return { ...viewOf(workflow.name, version, head), created: false };
      const known = (await table.get(keys.definition(workflow.name, version))) as VersionItem | undefined;
      if (!known) await this.#definitions.store(workflow, version);
      const num = known?.num ?? (head?.num ?? 0) + 1;
      const next: HeadItem = {
        ...keys.definitionHead(workflow.name),
        v: (head?.v ?? 0) + 1,
        ver: version,
        num: Math.max(num, head?.num ?? 0),
        at: clock.now(),
        n: workflow.tasks.length,
        sc: (workflow.schedules ?? []).some((schedule) => schedule.enabled),
        ...(Object.keys(workflow.pools ?? {}).length > 0 ? { po: true } : {}),
        ...(workflow.description === undefined ? {} : { desc: workflow.description.slice(0, 200) }),
      };
      try {
        await table.put(next, { when: unchanged("definition.head", head) });
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
        continue;
      }
      await this.#keepVersion(next);
      return { ...viewOf(workflow.name, version, known ?? { ...next, num }), created: !known };
    }
  }

  /** Writes the version that the head names, if it is new. One that is there stays: a late write must not take it back behind a restore. */
  async #keepVersion({ sk: name, ver, num, at, n, desc }: HeadItem): Promise<void> {
    const { table } = this.#ports;
    const key = keys.definition(name, ver);
    if (await table.get(key)) return;
    const item = { ...key, v: 1, num, at, n, ...(desc === undefined ? {} : { desc }) };
    await table.put(item, { when: { site: "definition.version", absent: true } }).catch((error) => {
      if (!hasCode(error, "QMOI_CONFLICT")) throw error;
    });
  }

  /** Whether publishing would make a new version. */
  async preview(workflow: Workflow): Promise<WorkflowView & { readonly created: boolean }> {
    const version = versionOf(workflow);
    const known = (await this.#ports.table.get(keys.definition(workflow.name, version))) as VersionItem | undefined;
    const head = await this.#head(workflow.name);
    const item = known ?? { pk: "", sk: "", v: 0, num: (head?.num ?? 0) + 1, at: this.#ports.clock.now(), n: workflow.tasks.length };
    return { ...viewOf(workflow.name, version, item), created: known === undefined };
  }

  async list(request: PageRequest = {}): Promise<Page<WorkflowView>> {
    const page = await this.#ports.table.query({ pk: "W", ...request });
    return { ...page, items: (page.items as readonly HeadItem[]).map((head) => viewOf(head.sk, head.ver, head)) };
  }

  /** A definition by a version's hash or a unique prefix of at least 6 digits; the latest otherwise. Errors: QMOI_NOT_FOUND. */
  async get(name: string, version?: string): Promise<WorkflowView & { readonly definition: Workflow }> {
    const found = version === undefined ? await this.#latest(name) : await this.#byPrefix(name, version);
    return { ...found, definition: await this.#definitions.published(found.version) };
  }

  /** Oldest first. */
  async versions(name: string, request: PageRequest = {}): Promise<Page<WorkflowView>> {
    await this.#latest(name);
    const page = await this.#ports.table.query({ pk: `W#${name}`, prefix: "V#", ...request });
    const items = (page.items as readonly VersionItem[]).map((item) => viewOf(name, item.sk.slice(2), item));
    return { ...page, items: items.sort((a, b) => a.number - b.number) };
  }

  async #head(name: string): Promise<HeadItem | undefined> {
    return (await this.#ports.table.get(keys.definitionHead(name))) as HeadItem | undefined;
  }

  async #latest(name: string): Promise<WorkflowView> {
    const head = name === "" ? undefined : await this.#head(name);
    if (!head)
      throw new NotFoundError(`There is no workflow "${name}".`, {
        remedy: "List them with `qmoi workflows`, or publish it with `qmoi run <file>`.",
      });
    return viewOf(name, head.ver, head);
  }

  async #byPrefix(name: string, prefix: string): Promise<WorkflowView> {
    if (!/^[0-9a-f]{6,16}$/.test(prefix))
      throw new QmoiError("QMOI_INVALID_INPUT", `"${prefix}" is not a version: 6 to 16 hexadecimal digits.`, { path: "$.version" });
    const page = await this.#ports.table.query({ pk: `W#${name}`, prefix: `V#${prefix}`, limit: 2 });
    const [item, second] = page.items as readonly VersionItem[];
    const head = item ? undefined : await this.#head(name);
    if (head?.ver.startsWith(prefix)) return viewOf(name, head.ver, head);
    if (!item)
      throw new NotFoundError(`There is no version ${prefix} of "${name}".`, { remedy: `List them with \`qmoi versions ${name}\`.` });
    if (second)
      throw new QmoiError("QMOI_INVALID_INPUT", `${prefix} stands for more than one version of "${name}".`, { path: "$.version" });
    return viewOf(name, item.sk.slice(2), item);
  }
}

/** The latest version of every workflow. */
export async function* listHeads(ports: Pick<Ports, "table">): AsyncGenerator<HeadItem> {
  for (let after: string | undefined; ; ) {
    const page = await ports.table.query({ pk: "W", ...(after === undefined ? {} : { after }) });
    yield* page.items as readonly HeadItem[];
    if (page.next === undefined) return;
    after = page.next;
  }
}
