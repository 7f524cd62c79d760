import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Servers, Survives } from "./subject.ts";

/** Servers that were started, and why others were not. */
export interface Started {
  readonly servers: Servers;
  readonly missing: readonly string[];
  readonly versions: readonly string[];
  stop(): Promise<void>;
}

/** The user that PostgreSQL runs as where this is root: it refuses to be that. */
const POSTGRES_USER = "postgres";
const isRoot = process.getuid?.() === 0;

/** Starts Redis and PostgreSQL from the system's packages, each in a folder and on a port of its own. */
export const startServers = async (folder: string, survives: Survives): Promise<Started> => {
  mkdirSync(folder, { recursive: true });
  const processes: ChildProcess[] = [];
  // Whoever is interrupted leaves no server behind: SIGQUIT is PostgreSQL's immediate shutdown.
  process.once("exit", () => {
    for (const child of processes) if (child.exitCode === null) child.kill("SIGQUIT");
  });
  const missing: string[] = [];
  const versions: string[] = [];
  const attempt = async <T>(name: string, start: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await start();
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
      return undefined;
    }
  };
  const redis = await attempt("Redis", () => startRedis(join(folder, "redis"), survives, processes, versions));
  const postgres = await attempt("PostgreSQL", () => startPostgres(join(folder, "postgres"), survives, processes, versions));
  return {
    servers: { ...(redis ? { redis } : {}), ...(postgres ? { postgres } : {}) },
    missing,
    versions,
    stop: async () => void (await Promise.all(processes.map(end))),
  };
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // PostgreSQL's fast shutdown; Redis takes it as an order to end as well.
  child.kill("SIGINT");
  await ended;
};

const startRedis = async (folder: string, survives: Survives, processes: ChildProcess[], versions: string[]) => {
  const redis = program("redis-server", "redis-server", ["/usr/bin", "/usr/local/bin"]);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const fsync = survives === "power" ? "always" : "everysec";
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", fsync, "--dir", folder];
  versions.push(execFileSync(redis, ["--version"], { encoding: "utf8" }).trim().split(" sha=")[0] ?? "");
  processes.push(spawn(redis, args, { stdio: "ignore" }));
  await untilOpen(port);
  return { port };
};

/**
 * Commits are written before they are confirmed in both cases. Without `fsync` they lie in the operating system's cache: the server's death
 * loses nothing, a loss of power does.
 */
const startPostgres = async (folder: string, survives: Survives, processes: ChildProcess[], versions: string[]) => {
  const postgres = program("postgres", "postgresql", postgresFolders());
  const initdb = program("initdb", "postgresql", postgresFolders());
  mkdirSync(folder, { recursive: true });
  const as = isRoot ? idsOf(POSTGRES_USER) : undefined;
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, "data");
  execFileSync(initdb, ["-D", data, "-U", "bench", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"], { stdio: "pipe", ...as });
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    max_connections: 200,
    shared_buffers: "512MB",
    max_wal_size: "8GB",
    checkpoint_timeout: "30min",
    synchronous_commit: "on",
    fsync: survives === "power" ? "on" : "off",
    full_page_writes: survives === "power" ? "on" : "off",
  };
  versions.push(execFileSync(postgres, ["--version"], { encoding: "utf8" }).trim());
  const args = ["-D", data, "-p", `${port}`, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  processes.push(spawn(postgres, args, { stdio: "ignore", ...as }));
  await untilOpen(port);
  return { port, user: "bench" };
};

const postgresFolders = (): string[] => {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map((version) => join(root, version, "bin")), "/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"];
};

/** The program's path; installs the system's package first where it is missing and this may. */
const program = (name: string, aptPackage: string, folders: readonly string[]): string => {
  const find = (): string | undefined => folders.map((folder) => join(folder, name)).find(existsSync);
  const found = find();
  if (found) return found;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) throw new Error(`${name} is not installed: install the package ${aptPackage}.`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update", "-q"], { stdio: "ignore", env });
  execFileSync("apt-get", ["install", "-q", "-y", "--no-install-recommends", aptPackage], { stdio: "ignore", env });
  const installed = aptPackage === "postgresql" ? [...postgresFolders(), ...folders] : folders;
  const path = installed.map((folder) => join(folder, name)).find(existsSync);
  if (!path) throw new Error(`The package ${aptPackage} brought no ${name}.`);
  return path;
};

const idsOf = (user: string): { uid: number; gid: number } => {
  const id = (flag: string): number => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** Waits until the port answers; 20 s at most. */
const untilOpen = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error("it did not answer in 20 s");
};
