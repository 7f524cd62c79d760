import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, expect, it } from "vitest";
import { Executions } from "./executions.ts";

const MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
/** Executions by name, as they are. */
let executions: Map<string, string>;
let down = false;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { name, input, executionArn } = JSON.parse(Buffer.concat(chunks).toString());
  const answer = (status: number, body: object): unknown => response.writeHead(status).end(JSON.stringify(body));
  if (down) return answer(400, { __type: "AccessDeniedException", message: "no" });
  if (String(request.headers["x-amz-target"]).endsWith("DescribeExecution"))
    return answer(200, { status: executions.get(executionArn.replace(`${MACHINE.replace("stateMachine", "execution")}:`, "")) });
  if (executions.has(name)) return answer(400, { __type: "ExecutionAlreadyExists" });
  expect(JSON.parse(input)).toEqual({ commandId: "c" });
  executions.set(name, "RUNNING");
  return answer(200, { executionArn: name, startDate: 1 });
}).listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => void server.close());
beforeEach(() => {
  executions = new Map();
  down = false;
});

/** Starts it once; resolves with why it could not be. */
const started = async (): Promise<string | undefined> => {
  let failure: string | undefined;
  const options = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  const told = (_: string, error: unknown): void => {
    failure = (error as Error).message;
  };
  const all = new Executions(MACHINE, told, options);
  all.start("c");
  await all.settled();
  return failure;
};

it("an execution is named by its command, and left alone while it runs", async () => {
  for (let n = 0; n < 3; n++) expect(await started()).toBeUndefined();
  expect([...executions.keys()]).toEqual(["c"]);
});

it("one that has ended before its command is followed by another, some times", async () => {
  executions.set("c", "SUCCEEDED").set("c-2", "TIMED_OUT");
  expect(await started()).toBeUndefined();
  expect(executions.get("c-3")).toBe("RUNNING");
  expect(await started()).toBeUndefined();
  expect(executions.size).toBe(3);
  for (let n = 3; n <= 20; n++) executions.set(`c-${n}`, "FAILED");
  expect(await started()).toBe("its execution was begun 20 times, and ended each time before the command had");
});

it("one that can't be started is told", async () => {
  down = true;
  expect(await started()).toContain("no");
});
