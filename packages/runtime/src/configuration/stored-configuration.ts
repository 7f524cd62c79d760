import { diffDocuments } from "@qmoi/advanced-automation";
import { applyChanges, type Config, nearest, pathKeys, valueAt } from "@qmoi/config";
import {
  CONFIG_DOCUMENTS,
  CONFIG_NAMES,
  documentNamed,
  isBuilt,
  leafPaths,
  leavesIn,
  loadDocument,
  overDocument,
} from "@qmoi/config/schemas";
import { type Actor, canonicalJson, hasCode, type Json, type JsonObject, NotFoundError, type Page, QmoiError, sha256 } from "@qmoi/core";
import type { PageRequest } from "../control-plane.ts";
import { unchanged } from "../items.ts";
import { optional } from "../plane/views.ts";
import { type CurrentItem, configKeys, isCurrentKey, type VersionItem, versionOf } from "./config-items.ts";
import type { ConfigDifference, ConfigDocument, Configuration, ConfigVersion, ConfigView, SetConfig } from "./configuration.ts";
import type { ConfigurationParts } from "./configuration-parts.ts";
import { keepBefore } from "./keep-before.ts";
import { refuseUnread } from "./refuse-unread.ts";

/** What a document was changed to, and by which write. */
interface Held {
  readonly item: CurrentItem | undefined;
  readonly value: Json;
  readonly invalid?: string;
}

type Action = ConfigVersion["action"];

/** The configuration over one table: see Configuration. */
export class StoredConfiguration implements Configuration {
  readonly #parts: ConfigurationParts;
  /** What the files say. */
  readonly #files = new Map<ConfigDocument, Json>();
  readonly #held = new Map<ConfigDocument, Held>();
  readonly #handlers = new Set<(config: Config, document: ConfigDocument) => void>();
  #config: Config;
  #unsubscribe: (() => Promise<void>) | undefined;

  private constructor(parts: ConfigurationParts) {
    this.#parts = parts;
    for (const name of CONFIG_NAMES) {
      const value = loadDocument(name, parts.readFile);
      this.#files.set(name, value);
      this.#held.set(name, { item: undefined, value });
    }
    this.#config = this.#composed();
  }

  /** Reads files and table, and follows the table from now on. Errors: QMOI_INVALID_CONFIG for a file. */
  static async open(parts: ConfigurationParts): Promise<StoredConfiguration> {
    const configuration = new StoredConfiguration(parts);
    configuration.#unsubscribe = await parts.table.subscribe(
      (changes) => {
        // Looking at an item reads its text, and nearly all changes are of other things.
        for (const change of changes)
          if (isCurrentKey(change.key)) configuration.#take(change.key.sk as ConfigDocument, change.item as CurrentItem);
      },
      { old: false },
    );
    await configuration.refresh();
    return configuration;
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
  }

  current(): Config {
    return this.#config;
  }

  list(): readonly ConfigView[] {
    return CONFIG_NAMES.map((name) => this.view(name));
  }

  view(document: string): ConfigView {
    const name = documentNamed(document);
    const { item, value, invalid } = this.#held.get(name) as Held;
    const { file, module } = CONFIG_DOCUMENTS[name];
    const leaves = leavesIn(name);
    return {
      document: name,
      file,
      version: item?.n ?? 0,
      etag: this.#etag(name, item),
      module,
      built: leaves.some(isBuilt),
      value,
      paths: item ? leafPaths(leaves, [name], item.ch) : [],
      ...(item && Object.keys(item.ch).length > 0 ? { changed: item.ch } : {}),
      ...(item ? { at: item.at, who: item.who } : {}),
      ...(item?.why === undefined ? {} : { reason: item.why }),
      ...(invalid === undefined ? {} : { invalid }),
    };
  }

  get(path: string): { readonly path: string; readonly value: Json; readonly changed: boolean } {
    const [document = "", ...keys] = pathKeys(path);
    const name = documentNamed(document);
    const { item, value } = this.#held.get(name) as Held;
    const found = valueAt(value, keys);
    if (found === undefined) {
      const meant = nearest(path, leafPaths(leavesIn(name), [name], value));
      throw new NotFoundError(`There is nothing at ${path.slice(0, 200)}${meant ? `; did you mean ${meant}?` : "."}`, {
        remedy: `See \`qmoi config get ${name}\`.`,
      });
    }
    return { path: [name, ...keys].join("."), value: found, changed: valueAt(item?.ch, keys) !== undefined };
  }

  async set(document: string, { changes, etag }: SetConfig, by: Actor): Promise<ConfigView> {
    const name = documentNamed(document);
    return this.#change(name, "set", etag, by, (changed) => applyChanges(changed, changes));
  }

  async rollback(document: string, { to, etag }: { readonly to: number; readonly etag?: string }, by: Actor): Promise<ConfigView> {
    const name = documentNamed(document);
    const changed = await this.#changedIn(name, to);
    return this.#change(name, "rollback", etag, by, () => changed);
  }

  /** Makes a document as a backup has it. */
  async restore(document: string, changed: JsonObject, by: Actor): Promise<ConfigView> {
    return this.#change(documentNamed(document), "restore", undefined, by, () => changed);
  }

  async diff(document: string, { from = 0, to }: { from?: number; to?: number } = {}): Promise<readonly ConfigDifference[]> {
    const name = documentNamed(document);
    const file = this.#files.get(name) as Json;
    const at = async (version: number): Promise<Json> => overDocument(name, file, await this.#changedIn(name, version));
    return diffDocuments(await at(from), to === undefined ? (this.#held.get(name) as Held).value : await at(to));
  }

  async history(document: string, { limit = 50, after }: PageRequest = {}): Promise<Page<ConfigVersion>> {
    const name = documentNamed(document);
    const current = (await this.#parts.table.get(configKeys.current(name))) as CurrentItem | undefined;
    const first = after === undefined && current ? [versionOf(name, current)] : [];
    const page = await this.#parts.table.query({
      ...configKeys.versions(name),
      reverse: true,
      limit: Math.max(1, limit - first.length),
      ...(after === undefined ? {} : { after }),
    });
    // The version before a change is stored before the change is: without it, both say the same.
    const before = (page.items as readonly VersionItem[]).filter(({ n }) => n !== current?.n).map((item) => versionOf(name, item));
    return { items: [...first, ...before], ...(page.next === undefined ? {} : { next: page.next }) };
  }

  async refresh(): Promise<void> {
    const page = await this.#parts.table.query({ pk: configKeys.all });
    const stored = new Map(page.items.map((item) => [item.sk, item as CurrentItem]));
    for (const name of CONFIG_NAMES) this.#take(name, stored.get(name));
    for (const [name, { item }] of this.#held) if (item && !item.ad) await this.#tell(name, item);
  }

  onChange(handler: (config: Config, document: ConfigDocument) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Checks, keeps the version before, writes, and tells. Again from the start where somebody else was faster and no version was named. */
  async #change(
    name: ConfigDocument,
    action: Action,
    etag: string | undefined,
    by: Actor,
    change: (changed: JsonObject) => JsonObject,
  ): Promise<ConfigView> {
    const { table, clock } = this.#parts;
    for (;;) {
      const stored = (await table.get(configKeys.current(name))) as CurrentItem | undefined;
      if (etag !== undefined && etag !== this.#etag(name, stored)) throw changedMeanwhile(name);
      const before = stored?.ch ?? {};
      const next = change(before);
      overDocument(name, this.#files.get(name) as Json, next);
      // What a backup holds was accepted when it was set.
      if (action !== "restore") refuseUnread(name, before, next);
      if (canonicalJson(next) === canonicalJson(before)) {
        this.#take(name, stored);
        return this.view(name);
      }
      await keepBefore(this.#parts, name, stored, this.#heldBy(name, stored).value);
      const item: CurrentItem = {
        ...configKeys.current(name),
        v: (stored?.v ?? 0) + 1,
        n: (stored?.n ?? 0) + 1,
        ch: next,
        act: action,
        at: clock.now(),
        who: by.who.id,
        ad: false,
        was: before,
        ...optional({ why: by.reason, fr: by.from, rq: by.requestId }),
      };
      try {
        await table.put(item, { when: unchanged("config.change", stored) });
      } catch (error) {
        if (!hasCode(error, "QMOI_CONFLICT")) throw error;
        if (etag !== undefined) throw changedMeanwhile(name);
        continue;
      }
      this.#take(name, item);
      await this.#tell(name, item);
      return this.view(name);
    }
  }

  /** The audit record, and that it is written. A crash before leaves it to the next start. */
  async #tell(name: ConfigDocument, item: CurrentItem): Promise<void> {
    const { audit, table, logger } = this.#parts;
    try {
      await audit.append({
        action: `config.${item.act}`,
        subject: CONFIG_DOCUMENTS[name].file,
        who: item.who,
        before: item.was,
        after: item.ch,
        outcome: "done",
        ...optional({ from: item.fr, reason: item.why, requestId: item.rq }),
      });
      const told = { ...item, v: item.v + 1, ad: true };
      await table.put(told, { when: { site: "config.audited", v: item.v } });
      this.#take(name, told);
    } catch (error) {
      // Whoever changed it meanwhile keeps this version, and its record is repeated rather than lost.
      if (!hasCode(error, "QMOI_CONFLICT")) logger.log("error", "configuration change not audited; the next start repeats it", { error });
    }
  }

  /** Takes in what is stored, if it is newer; what no longer fits the schema does not hold. */
  #take(name: ConfigDocument, item: CurrentItem | undefined): void {
    const held = this.#held.get(name) as Held;
    if (item === undefined || (held.item && item.v <= held.item.v)) return;
    const next = this.#heldBy(name, item);
    this.#held.set(name, next);
    if (canonicalJson(held.value) === canonicalJson(next.value)) return;
    this.#config = this.#composed();
    for (const handler of this.#handlers) handler(this.#config, name);
  }

  #heldBy(name: ConfigDocument, item: CurrentItem | undefined): Held {
    const file = this.#files.get(name) as Json;
    try {
      return { item, value: overDocument(name, file, item?.ch) };
    } catch (error) {
      if (!hasCode(error, "QMOI_INVALID_CONFIG")) throw error;
      this.#parts.logger.log("error", "what was changed of the configuration at run time is not valid; the file holds", { error });
      return { item, value: file, invalid: error.message };
    }
  }

  #composed(): Config {
    return Object.fromEntries([...this.#held].map(([name, { value }]) => [name, value])) as unknown as Config;
  }

  #etag(name: ConfigDocument, item: CurrentItem | undefined): string {
    const content = canonicalJson([this.#files.get(name) as Json, item?.ch ?? {}]);
    return `"${item?.n ?? 0}-${sha256(content).slice(0, 12)}"`;
  }

  /** What was changed at run time in a version. Errors: QMOI_NOT_FOUND. */
  async #changedIn(name: ConfigDocument, version: number): Promise<JsonObject> {
    if (version === 0) return {};
    const { table } = this.#parts;
    const current = (await table.get(configKeys.current(name))) as CurrentItem | undefined;
    if (current?.n === version) return current.ch;
    const found = (await table.get(configKeys.version(name, version))) as VersionItem | undefined;
    if (found) return found.ch;
    throw new NotFoundError(`There is no version ${version} of ${name}.`, { remedy: `List them with \`qmoi config history ${name}\`.` });
  }
}

const changedMeanwhile = (name: string): QmoiError =>
  new QmoiError("QMOI_PRECONDITION_FAILED", `${name} was changed since it was read.`, {
    remedy: `Read it again with \`qmoi config get ${name}\`.`,
  });
