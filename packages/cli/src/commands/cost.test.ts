import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";

it("prints an estimate with its parts and sums, and the same as JSON", async () => {
  const line = ["cost", "estimate", "--tasks-per-day", "24000", "--task-seconds", "0.98", "--memory", "1024", "--at-once", "10"];
  const { code, out } = await runCli(line);
  expect(code).toBe(0);
  expect(out).toMatch(/control plane +DynamoDB write request units +2,464,000 +unit +1\.54/);
  expect(out).toMatch(/^\$14\.\d\d a month; a million tasks more cost \$7\.\d\d$/m);
  expect(out).toContain("without a free tier");
  const json = JSON.parse((await runCli([...line, "--json"])).out);
  expect(json).toMatchObject({ prices: { region: "us-east-1" }, request: { tasksPerDay: 24_000, tasksPerRun: 20, historyDays: 30 } });
  expect(json.lines[0]).toEqual({
    part: "at rest",
    resource: "tableReadUnit",
    name: "DynamoDB read request units",
    unit: "unit",
    quantity: 394_200,
    dollars: expect.closeTo(0.049, 3),
  });
  expect(out).toContain(`$${json.dollarsAMonth.toFixed(2)} a month`);
});

it("prints what docs/deploy.md shows", async () => {
  const { out } = await runCli(["cost", "estimate", "--tasks-per-day", "10000"]);
  expect(readFileSync("docs/deploy.md", "utf8")).toContain(`$ npx qmoi cost estimate --tasks-per-day 10000\n${out}\`\`\`\n`);
});

it.each([
  [[]],
  [["--tasks-per-day", "many"]],
  [["--tasks-per-day", "1", "--at-once", "21"]],
  [["--tasks-per-day", "1", "--task-seconds", ""]],
])("asks for numbers that can be: %j", async (options) => {
  const { code, err } = await runCli(["cost", "estimate", ...options]);
  expect(code).toBe(2);
  expect(err).toMatch(/--(tasks-per-day|at-once|task-seconds)/);
});
