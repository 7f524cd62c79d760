import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who owns a data folder, and where it answers. True only while the folder's lock is held. */
export interface ServerInfo {
  readonly pid: number;
  /** Absent until it answers. */
  readonly url?: string;
}

const fileOf = (dataDir: string): string => join(dataDir, "server.json");

/** Undefined if there is none, or none that can be read. */
export const readServerInfo = (dataDir: string): ServerInfo | undefined => {
  try {
    const { pid, url } = JSON.parse(readFileSync(fileOf(dataDir), "utf8")) as Partial<ServerInfo>;
    return typeof pid === "number" ? { pid, ...(typeof url === "string" ? { url } : {}) } : undefined;
  } catch {
    return undefined;
  }
};

/** Readers see the old file or the whole new one. Only the owner of the lock may call it. */
export const writeServerInfo = (dataDir: string, info: ServerInfo): void => {
  const draft = `${fileOf(dataDir)}.new`;
  writeFileSync(draft, `${JSON.stringify(info)}\n`, { mode: 0o600 });
  renameSync(draft, fileOf(dataDir));
};

export const removeServerInfo = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true });
