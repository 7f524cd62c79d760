import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { leanSdk, withPlainKeys } from "./lean-sdk.ts";

const adapters = join(process.cwd(), "packages", "adapters");
const manifest = JSON.parse(readFileSync(join(adapters, "package.json"), "utf8")) as { dependencies: Record<string, string> };
const CLIENTS = Object.keys(manifest.dependencies).filter((name) => name.startsWith("@aws-sdk/client-"));
const require = createRequire(join(adapters, "package.json"));

let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "qmoi-sdk-"));
});
afterAll(() => rmSync(home, { recursive: true }));

/** Bundles a text that lies in the adapters, with the plugin or as the SDK is. */
const bundled = async (contents: string, plugins: Plugin[]): Promise<string> => {
  const options = { bundle: true, write: false, format: "esm", platform: "node" } as const;
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const stdin = { contents, resolveDir: join(adapters, "src") };
  const { outputFiles } = await build({ ...options, mainFields: ["module", "main"], banner, plugins, stdin });
  return outputFiles[0]?.text ?? "";
};

let count = 0;
const loaded = async (contents: string, plugins: Plugin[]): Promise<Record<string, unknown>> => {
  const file = join(home, `${count++}.mjs`);
  writeFileSync(file, await bundled(contents, plugins));
  return import(file);
};

type Client = new (options: object) => { send: (command: object) => Promise<unknown> };
type Traced = InstanceType<Client> & { readonly middlewareStack: { addRelativeTo: (middleware: unknown, options: object) => void } };
type Command = new (input: object) => object;

interface Sent {
  readonly request: { readonly headers: Record<string, string> };
}
/** A random one would have each request signed differently. */
const sameId = (next: (sent: Sent) => unknown) => (sent: Sent) => {
  sent.request.headers["amz-sdk-invocation-id"] = "one";
  return next(sent);
};

/** What a service answers one request with, and what the client then throws. */
const ANSWERS = [
  {
    client: "@aws-sdk/client-s3",
    names: ["S3Client", "GetObjectCommand"],
    input: { Bucket: "b", Key: "k" },
    status: 404,
    headers: { "content-type": "application/xml" },
    body: "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>k</Key></Error>",
    name: "NoSuchKey",
  },
  {
    client: "@aws-sdk/client-ssm",
    names: ["SSMClient", "GetParameterCommand"],
    input: { Name: "n" },
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: '{"__type":"ParameterNotFound","message":"Parameter n not found."}',
    name: "ParameterNotFound",
  },
  {
    client: "@aws-sdk/client-dynamodb",
    names: ["DynamoDBClient", "DeleteItemCommand"],
    input: { TableName: "t", Key: { pk: { S: "a" } } },
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}',
    name: "ConditionalCheckFailedException",
  },
  {
    client: "@aws-sdk/client-lambda",
    names: ["LambdaClient", "GetAliasCommand"],
    input: { FunctionName: "f", Name: "live" },
    status: 404,
    headers: { "content-type": "application/json", "x-amzn-errortype": "ResourceNotFoundException" },
    body: '{"Message":"Cannot find alias arn: f:live","Type":"User"}',
    name: "ResourceNotFoundException",
  },
  {
    client: "@aws-sdk/client-sfn",
    names: ["SFNClient", "StopExecutionCommand"],
    input: { executionArn: "arn:aws:states:us-east-1:1:execution:m:e" },
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: '{"__type":"com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist","message":"Execution Does Not Exist"}',
    name: "ExecutionDoesNotExist",
  },
  {
    client: "@aws-sdk/client-sqs",
    names: ["SQSClient", "SendMessageBatchCommand"],
    input: { QueueUrl: "http://127.0.0.1/q", Entries: [] },
    status: 400,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender" },
    body: '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}',
    name: "QueueDoesNotExist",
  },
] as const;

/** What the tests use of the SDK, whole and as QMOI bundles it. All in one, because all clients share most of it. */
const sdks: Record<string, unknown>[] = [];
beforeAll(async () => {
  const used = ANSWERS.map(({ client, names }) => `export { ${names.join(", ")} } from ${JSON.stringify(client)};`);
  const text = [...used, 'export { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";'].join("\n");
  for (const plugins of [[], [leanSdk]]) sdks.push(await loaded(text, plugins));
});

describe("the SDK as QMOI bundles it", () => {
  it.each(CLIENTS)("has the same schemas in %s", async (client) => {
    const file = join(dirname(require.resolve(`${client}/package.json`)), "dist-es/schemas/schemas_0.js");
    const text = `export * from ${JSON.stringify(file)};`;
    const [whole, lean] = [await loaded(text, []), await loaded(text, [leanSdk])];
    const shapes = (all: Record<string, unknown>): string => JSON.stringify({ ...all, errorTypeRegistries: undefined });
    expect(Object.keys(lean)).toEqual(Object.keys(whole));
    expect(Object.keys(whole).length).toBeGreaterThan(5);
    expect(shapes(lean)).toEqual(shapes(whole));
    expect(withPlainKeys(readFileSync(file, "utf8"))).not.toMatch(/\[_\w+\]:/);
  });

  it("leaves out operations that nobody calls", async () => {
    const text = 'export { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";';
    const [whole, lean] = [await bundled(text, []), await bundled(text, [leanSdk])];
    expect([whole, lean].map((code) => code.includes("GetObjectRequest"))).toEqual([true, true]);
    expect([whole, lean].map((code) => code.includes("RestoreObjectRequest"))).toEqual([true, false]);
  });

  it.each(ANSWERS)("tells $name of $client as the whole SDK does", async ({ names, input, status, headers, body, name }) => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(status, { ...headers, "x-amzn-requestid": "r-1" }).end(body);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const thrown = async (sdk: Record<string, unknown>): Promise<object> => {
        const opened = new (sdk[names[0]] as Client)({ endpoint, credentials, region: "us-east-1", forcePathStyle: true });
        const error = await opened.send(new (sdk[names[1]] as Command)(input)).catch((one: unknown) => one);
        const { name, message, $fault, $metadata } = error as Error & { $fault: string; $metadata: object };
        return { name, message, $fault, metadata: { ...$metadata, totalRetryDelay: undefined } };
      };
      const [whole, lean] = await Promise.all(sdks.map(thrown));
      expect(lean).toEqual(whole);
      expect(lean).toMatchObject({ name, $fault: "client", metadata: { httpStatusCode: status } });
      expect(asked).toBe(2);
    } finally {
      server.close();
    }
  });

  it("addresses and signs requests for odd keys as the whole SDK does", async () => {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      asked.push([request.method, request.url, request.headers]);
      // The client would correct its clock by it.
      response.sendDate = false;
      request.resume().on("end", () => response.end(request.method === "GET" ? "<ListBucketResult></ListBucketResult>" : ""));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 31) });
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      for (const sdk of sdks) {
        const client = new (sdk.S3Client as Client)({ endpoint, credentials, region: "eu-central-1" }) as Traced;
        client.middlewareStack.addRelativeTo(sameId, { name: "same-id", relation: "after", toMiddleware: "retryMiddleware" });
        const at = { Bucket: "qmoi-blobs", Key: "a b/ü+%41#?.txt" };
        await client.send(new (sdk.PutObjectCommand as Command)({ ...at, Body: Buffer.from("text") }));
        await client.send(new (sdk.GetObjectCommand as Command)(at));
        await client.send(new (sdk.ListObjectsV2Command as Command)({ Bucket: at.Bucket, Prefix: "a b/" }));
      }
      expect(asked.length).toBe(6);
      expect(asked.slice(3)).toEqual(asked.slice(0, 3));
    } finally {
      vi.useRealTimers();
      server.close();
    }
  });
});
