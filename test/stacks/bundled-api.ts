import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { authorized } from "@qmoi/functions/api";
import type { Bundle } from "../../stacks/constructs/bundle.ts";
import { ENVIRONMENT } from "../bench/bundles/functions.ts";
import { apiEvent } from "../support/api-event.ts";

/** As AWS answers: with a key of the audit, an empty table, and a bucket that has nothing. */
const answerTo = (target: string): readonly [status: number, body: string] => {
  if (target === "AmazonSSM.GetParameter") return [200, '{"Parameter":{"Value":"00ff"}}'];
  if (target.startsWith("DynamoDB_20120810.")) return [200, '{"Items":[],"Count":0}'];
  return [404, "<Error><Code>NoSuchKey</Code><Message>Nothing is here.</Message></Error>"];
};

/** Answers of the API as its bundle has it, given by a process of its own, and what it asked AWS for. */
export const answersOf = async (files: Bundle["files"], paths: readonly string[]) => {
  const home = mkdtempSync(join(tmpdir(), "qmoi-api-"));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const target = String(request.headers["x-amz-target"] ?? `${request.method} ${request.url}`);
    asked.push(target);
    const [status, body] = answerTo(target);
    response.writeHead(status, { "x-amzn-requestid": "r" }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    for (const { path, contents } of files) writeFileSync(join(home, path), contents);
    const events = paths.map((path) => authorized(apiEvent("GET", path), { id: "k", kind: "key", role: "master" }));
    writeFileSync(
      join(home, "call.mjs"),
      `import { writeFileSync } from "node:fs";
      import { handler } from "./index.mjs";
      const answers = [];
      for (const event of ${JSON.stringify(events)})
        answers.push(await handler(event, { awsRequestId: "r", functionName: "api", getRemainingTimeInMillis: () => 9000 }));
      writeFileSync("answers.json", JSON.stringify(answers));
      process.exit(0);`,
    );
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const aws = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", QMOI_LOG_LEVEL: "error" };
    await promisify(execFile)(process.execPath, ["call.mjs"], { cwd: home, env: { ...process.env, ...ENVIRONMENT, ...aws } });
    const answers = JSON.parse(readFileSync(join(home, "answers.json"), "utf8")) as readonly { statusCode: number; body: string }[];
    return { asked, answers };
  } finally {
    server.close();
    rmSync(home, { recursive: true });
  }
};
