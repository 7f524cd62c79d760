import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenApi } from "@qmoi/functions/api";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled as bundle, ENVIRONMENT, FUNCTIONS, type FunctionName, KEPT, limitsOf } from "../bench/bundles/functions.ts";
import { answersOf } from "./bundled-api.ts";

/** What reads expressions, patterns, schemas and forecasts, and the clients of AWS: loaded by whoever first needs them. */
const LATE = /node_modules\/(@marcbachmann\/cel-js|re2js|ajv|ml-[a-z-]+|@aws-sdk\/client-[a-z-]+)\//;
/** What checks settings, commands and requests: only the task-runner checks something in each call. */
const CHECKING = /node_modules\/zod\//;

const made = new Map<FunctionName, ReturnType<typeof bundle>>();
const bundled = (name: FunctionName): ReturnType<typeof bundle> => made.get(name) as ReturnType<typeof bundle>;
beforeAll(() => {
  for (const name of FUNCTIONS) made.set(name, bundle(name));
}, 300_000);

describe("the functions' bundles", () => {
  it.each(FUNCTIONS)("%s loads no more at its start than it may, and nothing that only some calls need", (name) => {
    const { startKb, usualKb, wholeKb, inputsAtStart } = bundled(name);
    expect(inputsAtStart.length).toBeGreaterThan(10);
    expect(inputsAtStart.filter((input) => LATE.test(input))).toEqual([]);
    expect(inputsAtStart.some((input) => CHECKING.test(input))).toBe(name === "task-runner");
    expect(KEPT[name].usual).toBeLessThanOrEqual(limitsOf(name).kb);
    expect(startKb).toBeLessThanOrEqual(KEPT[name].start);
    expect(usualKb).toBeLessThanOrEqual(KEPT[name].usual);
    expect(wholeKb).toBeLessThanOrEqual(KEPT[name].whole);
  });

  it("hold nothing that they never use: what only the others do, and what only learns", () => {
    const holds = (name: FunctionName, what: RegExp): boolean =>
      bundled(name).code.some(({ contents }) => what.test(Buffer.from(contents).toString()));
    expect(holds("decider", /RE2JSSyntaxException/)).toBe(true);
    for (const name of ["authorizer", "announcer"] as const)
      expect(holds(name, /RE2JSSyntaxException|ListObjectsV2|RFRegression/)).toBe(false);
    for (const name of ["decider", "completer"] as const) expect(holds(name, /RFRegression/)).toBe(false);
    expect(holds("completer", /RE2JSSyntaxException/)).toBe(false);
    const checking = FUNCTIONS.filter((name) => holds(name, /no schema with key or ref/));
    expect(checking).toEqual(["tick", "api"]);
    expect(FUNCTIONS.filter((name) => holds(name, /RestoreObjectRequest|CreateTableInput|Invalid Configuration:/))).toEqual([]);
    expect(FUNCTIONS.filter((name) => holds(name, /draft-2020-12/))).toEqual(["api"]);
  });

  it("holds together: each piece that is loaded later finds what it takes of the start and of others", () => {
    const home = mkdtempSync(join(tmpdir(), "qmoi-bundle-"));
    try {
      for (const name of FUNCTIONS) {
        const { code, files } = bundled(name);
        mkdirSync(join(home, name));
        for (const { path, contents } of files) writeFileSync(join(home, name, path), contents);
        const imports = code.map(({ path }) => `await import(${JSON.stringify(join(home, name, path))});`);
        const env = { ...process.env, ...ENVIRONMENT };
        const said = execFileSync(process.execPath, ["--input-type=module", "--eval", `${imports.join("\n")} console.log("whole")`], {
          env,
        });
        expect(code.length).toBeGreaterThan(2);
        expect(String(said)).toBe("whole\n");
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  }, 60_000);

  it("of the API describes itself and reads its table", async () => {
    const { asked, answers } = await answersOf(bundled("api").files, ["/v1/openapi.json", "/v1/runs", "/v1/runs/none"]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 404]);
    const described = JSON.parse(answers[0]?.body ?? "") as OpenApi;
    expect(Object.keys(described.paths).length).toBeGreaterThan(30);
    expect(described.components.schemas.Run).toMatchObject({ type: "object", properties: { run: { type: "string" } } });
    expect(JSON.parse(answers[1]?.body ?? "")).toEqual({ items: [] });
    expect(asked).toEqual(expect.arrayContaining(["AmazonSSM.GetParameter", "DynamoDB_20120810.Query", "DynamoDB_20120810.GetItem"]));
  }, 120_000);
});
