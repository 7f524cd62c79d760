import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Role } from "@qmoi/core";
import { expect } from "vitest";
import { type Answer, type ApiCaller, apiCaller } from "./api-caller.ts";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";
import { startHostProxy } from "./host-proxy.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
import { sst } from "./sst.ts";
import { startWorkServer, type WorkServer } from "./work-server.ts";

export const STAGE = "test";
export const MINUTE = 60_000;

/** A stage that was deployed, as its clients see it. */
export interface Deployed {
  readonly aws: Ministack;
  readonly work: WorkServer;
  /** What its functions ask of AWS. */
  readonly counted: CountingProxy;
  /** Address of the API. */
  readonly url: string;
  /** The master's key. */
  readonly key: () => string;
  /** Calls the API with a key of a role, or with none. */
  readonly as: (role?: Role) => ApiCaller;
  /** Makes the keys anew, once the table that held them is empty. */
  readonly bootstrap: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Runs the command line with the AWS rights of whoever deployed; resolves with what it wrote. */
export const qmoiTold = (
  aws: Ministack,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ["bin/qmoi.js", ...args], { env: { ...aws.env, ...env } });

/** The same; resolves with what it wrote to stdout. */
export const qmoi = async (aws: Ministack, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> =>
  (await qmoiTold(aws, args, env)).stdout;

/** What `npm run deploy:diff` writes of the stage, in the repository or in a copy of it. */
export const deployDiff = async ({ env }: Ministack, cwd = process.cwd()): Promise<string> =>
  (await promisify(execFile)(process.execPath, ["scripts/deploy-diff.ts", "--stage", STAGE], { env, cwd, maxBuffer: 2 ** 26 })).stdout;

export const deploy = async (): Promise<Deployed> => {
  let counted: CountingProxy | undefined;
  const aws = await startMinistack(async (url) => {
    counted = await startCountingProxy(url);
    return counted.url;
  });
  const work = await startWorkServer();
  const output = await sst(["deploy", "--stage", STAGE], aws.env);
  process.stdout.write(`${output}\n`);
  const host = /ApiUrl: https?:\/\/([^:/\s]+)/.exec(output)?.[1] as string;
  const proxy = await startHostProxy(aws.port, host);
  let masterKey = "";
  const callers = new Map<Role, ApiCaller>();
  const bootstrap = async (): Promise<void> => {
    const { stdout, stderr } = await qmoiTold(aws, ["keys", "bootstrap", "--stage", STAGE, "--again"]);
    masterKey = stdout.trim();
    expect(stderr).toMatch(/^key [0-9a-f]{12}, master; it is shown this once$/m);
    const master = apiCaller(aws.port, host, masterKey);
    callers.set("master", master);
    for (const role of ["operator", "viewer"] as const) {
      const { status, body } = await master("POST", "/v1/keys", { name: role, role });
      expect(status).toBe(201);
      callers.set(role, apiCaller(aws.port, host, body.key));
    }
  };
  await bootstrap();
  return {
    aws,
    work,
    counted: counted as CountingProxy,
    url: proxy.url,
    key: () => masterKey,
    as: (role) => (role === undefined ? apiCaller(aws.port, host) : (callers.get(role) as ApiCaller)),
    bootstrap,
    close: async () => {
      work.close();
      proxy.close();
      counted?.close();
      await aws.stop();
    },
  };
};

/** Looks once a second; the test's time limit ends it. */
export const until = async (ready: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 1000));
};

/** A run once it has ended. */
export const endedRun = async ({ as }: Deployed, run: string): Promise<Answer["body"]> => {
  let view: Answer["body"];
  await until(async () => {
    view = (await as("viewer")("GET", `/v1/runs/${run}`)).body;
    return view.state !== "running" && view.state !== "waiting";
  });
  return view;
};

/** Publishes a workflow and starts a run of it. */
export const startedRun = async ({ as }: Deployed, document: { readonly name: string }): Promise<string> => {
  const published = await as("operator")("POST", "/v1/workflows", document);
  expect(published).toMatchObject({ status: 201 });
  const started = await as("operator")("POST", "/v1/runs", { workflow: document.name });
  expect(started).toMatchObject({ status: 202 });
  return started.body.run;
};

/** Changes a document of the stage's configuration, whichever version is in force. */
export const configured = async ({ as }: Deployed, document: string, changes: readonly object[]): Promise<void> => {
  const changed = await as("master")("POST", `/v1/config/${document}`, { changes }, { "if-match": "*" });
  expect(changed).toMatchObject({ status: 200 });
};

/** Changes when a module is to work, or lets it be as it is usually. */
export const rescheduled = (stage: Deployed, module: string, expression?: string): Promise<void> =>
  configured(stage, "master", [
    { path: `modules.${module}.schedule`, ...(expression === undefined ? { reset: true } : { value: expression }) },
  ]);

/** Gives a command, with the preview's token where one is needed, and waits for its end. */
export const commandEnded = async ({ as }: Deployed, command: string, parameters: object = {}): Promise<Answer["body"]> => {
  const master = as("master");
  const request = { command, parameters, reason: "deploy test" };
  const { status, body: preview } = await master("POST", "/v1/commands?preview=true", request);
  expect({ command, status }).toEqual({ command, status: 200 });
  const given = await master("POST", "/v1/commands", { ...request, ...(preview.confirm ? { confirm: preview.confirm } : {}) });
  expect({ command, ...given }).toMatchObject({ command, status: 202 });
  let view: Answer["body"];
  await until(async () => {
    view = (await as("viewer")("GET", `/v1/commands/${given.body.id}`)).body;
    return view.endedAt !== null && view.endedAt !== undefined;
  });
  return view;
};

/** Does the same, and expects a success. */
export const commanded = async (stage: Deployed, command: string, parameters: object = {}): Promise<Answer["body"]> => {
  const view = await commandEnded(stage, command, parameters);
  const { state, failure, steps } = view;
  expect({ command, state, failure, steps: JSON.stringify(steps) }).toMatchObject({ command, state: "succeeded", failure: null });
  return view;
};
