import type { Config } from "@qmoi/config";
import type { JsonObject, Logger, Table } from "@qmoi/core";
import { type CurrentItem, configKeys } from "./config-items.ts";
import type { ConfigDocument } from "./configuration.ts";
import type { ConfigurationSource } from "./fresh-configuration.ts";

/** Puts what was changed at run time over a document as its file says. Errors: QMOI_INVALID_CONFIG. */
export type Overlay = (document: ConfigDocument, changed: JsonObject) => unknown;

export interface OverlaidParts {
  readonly table: Pick<Table, "query">;
  readonly logger: Logger;
  /** What the files come to. */
  readonly files: Config;
  /** Loaded at the first change: most systems have none, and checking needs every schema. */
  readonly overlay: () => Promise<Overlay>;
}

/** The configuration for those that only read it: what the files come to, and the changes that the table has of it. */
export class OverlaidConfiguration implements ConfigurationSource {
  readonly #parts: OverlaidParts;
  readonly #versions = new Map<string, number>();
  #config: Config;

  constructor(parts: OverlaidParts) {
    this.#parts = parts;
    this.#config = parts.files;
  }

  current(): Config {
    return this.#config;
  }

  async refresh(): Promise<void> {
    const { table, logger, files, overlay } = this.#parts;
    const { items } = await table.query({ pk: configKeys.all });
    const news = (items as readonly CurrentItem[]).filter(({ sk, n }) => this.#versions.get(sk) !== n && sk in files);
    for (const { sk, n, ch } of news) {
      const document = sk as ConfigDocument;
      let value: unknown = files[document];
      try {
        if (Object.keys(ch).length > 0) value = (await overlay())(document, ch);
      } catch (error) {
        logger.log("error", "what was changed of the configuration at run time is not valid; the file holds", { document, error });
      }
      this.#config = { ...this.#config, [document]: value };
      this.#versions.set(document, n);
    }
  }
}
