import type { Item, JsonObject, Key } from "@qmoi/core";
import type { ConfigDocument, ConfigVersion } from "./configuration.ts";

/** One version of what was changed of a document at run time. */
export interface VersionItem extends Item {
  /** Its number. */
  readonly n: number;
  readonly ch: JsonObject;
  readonly act: ConfigVersion["action"];
  readonly at: number;
  readonly who: string;
  readonly why?: string;
}

/** The version that holds. */
export interface CurrentItem extends VersionItem {
  /** What held before, where the change came from, and whether its audit record is written. */
  readonly was: JsonObject;
  readonly fr?: string;
  readonly rq?: string;
  readonly ad: boolean;
}

export const configKeys = {
  all: "CONF",
  current: (document: ConfigDocument) => ({ pk: "CONF", sk: document }),
  versions: (document: ConfigDocument) => ({ pk: `CONF#${document}`, prefix: "V#" }),
  version: (document: ConfigDocument, version: number) => ({ pk: `CONF#${document}`, sk: `V#${String(version).padStart(8, "0")}` }),
} as const;

export const isCurrentKey = ({ pk }: Key): boolean => pk === configKeys.all;

export const versionOf = (document: ConfigDocument, { n, ch, act, at, who, why }: VersionItem): ConfigVersion => ({
  document,
  version: n,
  action: act,
  at,
  who,
  changed: ch,
  ...(why === undefined ? {} : { reason: why }),
});
