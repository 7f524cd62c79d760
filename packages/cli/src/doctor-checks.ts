import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient, type Health } from "@qmoi/client";
import { loadConfig } from "@qmoi/config/schemas";
import { QmoiError } from "@qmoi/core";
import { DataLock, readServerInfo } from "@qmoi/local";
import { bytes, duration } from "./format.ts";
import { DEFAULT_PORT } from "./serve.ts";

export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "problem";
  readonly detail: string;
  /** What to do; only where something is wrong. */
  readonly remedy?: string;
}

const ok = (check: string, detail: string): Finding => ({ check, status: "ok", detail });
const warning = (check: string, detail: string, remedy: string): Finding => ({ check, status: "warning", detail, remedy });
const problem = (check: string, detail: string, remedy: string): Finding => ({ check, status: "problem", detail, remedy });

/** Looks at everything that QMOI needs here, and changes nothing. */
export const examine = async (dataDir: string, configDir: string, now: () => number): Promise<Finding[]> => {
  const server = await findServer(dataDir);
  return [
    checkNode(),
    checkFolder(dataDir),
    ...checkStore(dataDir),
    checkDisk(dataDir),
    server.finding,
    await checkPort(server.url),
    checkClock(now(), server.health),
    checkConfig(configDir),
  ];
};

const checkNode = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = major > 22 || (major === 22 && minor >= 18);
  return fits ? ok("node", process.versions.node) : problem("node", process.versions.node, "Install Node 22.18 or later.");
};

/** The nearest folder that exists: what does not exist yet is created in it. */
const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

const checkFolder = (dataDir: string): Finding => {
  const folder = existing(dataDir);
  const detail = folder === dataDir ? dataDir : `${dataDir} does not exist yet`;
  if (!statSync(folder).isDirectory()) return problem("data folder", `${folder} is not a folder`, "Choose another with --data.");
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return problem("data folder", `${folder} can't be written`, "Give this user write permission on it, or choose another with --data.");
  }
  if (folder === dataDir && (statSync(folder).mode & 0o077) !== 0) {
    return warning("data folder", `${detail} can be read by other users`, `Close it: chmod 700 ${dataDir}`);
  }
  return ok("data folder", detail);
};

const checkStore = (dataDir: string): Finding[] => {
  const path = join(dataDir, STORE_FILE);
  if (!existsSync(path)) return [];
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    try {
      const rows = db.prepare("PRAGMA quick_check(3)").all() as { quick_check: string }[];
      const found = rows.map((row) => row.quick_check).join("; ");
      if (found === "ok") return [ok("store", `${bytes(statSync(path).size)}, whole`)];
      return [problem("store", found, "Restore the latest backup into an empty data folder.")];
    } finally {
      db.close();
    }
  } catch (error) {
    return [problem("store", `${path}: ${(error as Error).message}`, "Restore the latest backup into an empty data folder.")];
  }
};

const STORE_FILE = "qmoi.db";
const LITTLE_BYTES = 1e9;
const TOO_LITTLE_BYTES = 1e8;

const checkDisk = (dataDir: string): Finding => {
  const { bavail, bsize } = statfsSync(existing(dataDir));
  const free = bavail * bsize;
  const detail = `${bytes(free)} free`;
  if (free < TOO_LITTLE_BYTES) return problem("disk", detail, "Free space on the disk of the data folder.");
  return free < LITTLE_BYTES ? warning("disk", detail, "Free space on the disk of the data folder soon.") : ok("disk", detail);
};

interface FoundServer {
  readonly finding: Finding;
  readonly url?: string;
  readonly health?: Health;
}

const findServer = async (dataDir: string): Promise<FoundServer> => {
  if (!DataLock.isHeld(dataDir)) return { finding: ok("server", "none runs on this data folder; start one with `qmoi up`") };
  const info = readServerInfo(dataDir);
  if (info?.url === undefined)
    return {
      finding: warning("server", `process ${info?.pid ?? "?"} holds the data folder without an address`, "Wait for it to start or to end."),
    };
  try {
    const health = await createClient({ url: info.url, timeoutMs: 3000 }).health();
    return { finding: ok("server", `process ${info.pid} answers at ${info.url}, version ${health.version}`), url: info.url, health };
  } catch (error) {
    const why = error instanceof QmoiError ? error.message : String(error);
    return {
      finding: problem("server", `process ${info.pid} holds the data folder, but: ${why}`, "See its log, and start it again."),
      url: info.url,
    };
  }
};

const checkPort = async (server: string | undefined): Promise<Finding> => {
  if (server !== undefined && new URL(server).port === String(DEFAULT_PORT)) return ok("port", `${DEFAULT_PORT} is the server's`);
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false)).listen(DEFAULT_PORT, "127.0.0.1", () => resolve(true));
  });
  probe.close();
  return free
    ? ok("port", `${DEFAULT_PORT} is free`)
    : warning("port", `${DEFAULT_PORT} is taken by another program`, "Choose another: qmoi up --port 0");
};

/** Before this, a clock was never set. */
const BUILT = Date.UTC(2026, 0, 1);
const SKEW_MS = 2000;

const checkClock = (now: number, health: Health | undefined): Finding => {
  const shown = new Date(now).toISOString();
  if (now < BUILT) return problem("clock", `${shown} is in the past`, "Set the clock (NTP): schedules and leases depend on it.");
  const skew = health ? Math.abs(Date.parse(health.time) - now) : 0;
  if (skew > SKEW_MS)
    return problem("clock", `${duration(skew)} off the server's`, "Set the clock (NTP): schedules and leases depend on it.");
  return ok("clock", `${shown}, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
};

const checkConfig = (configDir: string): Finding => {
  try {
    loadConfig((file) => (existsSync(join(configDir, file)) ? readFileSync(join(configDir, file), "utf8") : undefined));
    return ok("configuration", `${configDir} is valid`);
  } catch (error) {
    if (!(error instanceof QmoiError)) throw error;
    return problem("configuration", error.message, error.remedy);
  }
};
