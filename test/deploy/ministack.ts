import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { setPriority, tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The emulator of AWS, which others wrote: what is deployed to it is what is deployed to AWS. */
const VERSION = "1.5.33";
const root = process.cwd();
const venv = join(root, "node_modules", ".cache", `ministack-${VERSION}`);

/** Why the emulator can't run here; undefined where it can. */
export const missingPython: string | undefined =
  spawnSync("python3", ["-c", "import venv, ensurepip"], { stdio: "ignore" }).status === 0 ? undefined : "Python 3 with venv was not found";

export interface Ministack {
  readonly port: number;
  /** For the clients of the AWS SDK. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** For everything that talks to it. */
  readonly env: NodeJS.ProcessEnv;
  /** File of what it wrote. */
  readonly log: string;
  readonly stop: () => Promise<void>;
}

/** vitest's global setup: installs the emulator where it isn't, once for all suites. */
export const setup = (): void => {
  if (missingPython !== undefined || existsSync(join(venv, "ready"))) return;
  rmSync(venv, { recursive: true, force: true });
  const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  run("python3", "-m", "venv", venv);
  run(join(venv, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", `ministack==${VERSION}`);
  run("touch", join(venv, "ready"));
};

/** Has this suite and what it starts from now on give way to the longest one, which says when all are done. */
export const giveWay = (): void => setPriority(5);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
};

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** Starts the emulator on a free port with nothing in it. `asked`: given the emulator's address, the one by which functions ask for it. */
export const startMinistack = async (asked: (url: string) => Promise<string> = async (url) => url): Promise<Ministack> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = mkdtempSync(join(tmpdir(), "qmoi-deploy-"));
  const log = join(folder, "ministack.log");
  // The functions run on the Node that is first in PATH.
  const PATH = [join(root, "node_modules", "node", "bin"), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const common = { ...process.env, PATH, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "us-east-1" };
  const env = { ...common, AWS_DEFAULT_REGION: "us-east-1", AWS_ENDPOINT_URL: url, SST_TELEMETRY_DISABLED: "1", CI: "1" };
  const output = openSync(log, "w");
  const server: ChildProcess = spawn(join(venv, "bin", "ministack"), {
    cwd: folder,
    env: {
      ...env,
      GATEWAY_PORT: String(port),
      NODE_PATH: join(root, "node_modules"),
      NODE_OPTIONS: "--no-experimental-require-module",
      SFN_WAIT_SCALE: "0",
      AWS_ENDPOINT_URL: await asked(url),
    },
    stdio: ["ignore", output, output],
    detached: true,
  });
  const exit = once(server, "exit");
  while (!(await answers(url))) {
    if (server.exitCode !== null) throw new Error(`The emulator ended with ${server.exitCode}; see ${log}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    port,
    client: { endpoint: url, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } },
    env,
    log,
    stop: async () => {
      // With the processes of the functions that it started.
      process.kill(-(server.pid as number), "SIGKILL");
      await exit;
    },
  };
};
