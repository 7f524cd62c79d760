import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as api from "@qmoi/functions/api/answers";
import { type LocalServer, startLocalServer } from "@qmoi/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { localOptions } from "./local-options.ts";
import { type CliOptions, runCli } from "./testing/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-cli-"));
const data = join(folder, "data");
let server: LocalServer;

const file = (name: string, document: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof document === "string" ? document : JSON.stringify(document));
  return path;
};
const sh = (script: string) => ({ type: "process", command: "sh", args: ["-c", script] });
const good = file("good.json", {
  name: "good",
  inputs: { type: "object", properties: { word: { type: "string", default: "none" }, n: { type: "integer" } } },
  schedules: [{ expression: "cron(0 3 * * ? *)", timezone: "Europe/Berlin" }],
  tasks: [
    { name: "say", target: { ...sh('echo "\\"$WORD\\""; echo aside >&2'), env: { WORD: "${{ inputs.word }}" } } },
    { name: "end", needs: ["say"], target: { type: "wait", seconds: 0 } },
  ],
});
const bad = file("bad.json", {
  name: "bad",
  tasks: [
    { name: "a", target: sh("echo no >&2; exit 3"), retry: { attempts: 1 } },
    { name: "b", needs: ["a"], target: sh("true") },
  ],
});
const slow = file("slow.json", { name: "slow", tasks: [{ name: "a", target: { type: "wait", seconds: 600 } }] });

const qmoi = (line: string | readonly string[], options?: CliOptions) =>
  runCli([...(typeof line === "string" ? line.split(" ") : line), "--data", data], options);
const json = async (line: string): Promise<unknown> => {
  const { code, out, err } = await qmoi(`${line} --json`);
  expect([code, err], line).toEqual([0, ""]);
  return JSON.parse(out);
};

beforeAll(async () => {
  server = await startLocalServer({ ...localOptions({ data }), port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("run", () => {
  it("publishes a file, runs it and shows progress, timeline and output", async () => {
    const { code, out, err } = await qmoi(["run", good, "--input", "word=hello"]);
    expect(code).toBe(0);
    expect(out).toMatch(/✓ succeeded {2}good .* 2 tasks: 2 succeeded {2}run k[0-9a-f]+/);
    expect(out).toMatch(/✓ say .*█/);
    expect(err).toMatch(/^run k[0-9a-f]+ of good: 2 tasks\n/);
  });

  it("runs a published one by its name, with inputs from a file and the line", async () => {
    const inputs = file("inputs.json", { word: "file", n: 1 });
    const run = api.runDetailAnswer.parse(JSON.parse((await qmoi(["run", "good", "--inputs", inputs, "--input", "n=2", "--json"])).out));
    expect(run).toMatchObject({ state: "succeeded", inputs: { word: "file", n: 2 } });
  });

  it("exits 1 when the work failed, and says why and what to do", async () => {
    const { code, out, err } = await qmoi(["run", bad]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ failed {2}bad .* 1 failed, 1 skipped/);
    expect(out).toMatch(/✗ a: exit 3: .*no\n {2}qmoi logs k[0-9a-f]+ a\n/);
    expect(err).not.toContain("error:");
  });

  it("with --no-wait prints the id at once, and --key gives the same run", async () => {
    const first = (await qmoi(["run", slow, "--no-wait", "--key", "k1"])).out.trim();
    const again = api.runDetailAnswer.parse(await json("run slow --no-wait --key k1"));
    expect(again).toMatchObject({ run: first, state: "running" });
    await json(`cancel ${first}`);
  });

  it("leaves a run of the server alone when it is interrupted", async () => {
    const { out } = await qmoi(["run", slow, "--no-wait"]);
    const interrupt = new AbortController();
    setImmediate(() => interrupt.abort());
    const { code, err } = await qmoi(["run", "slow", "--key", "k2"], { signal: interrupt.signal });
    expect(code).toBe(130);
    expect(err).toMatch(/The run goes on without this terminal/);
    for (const run of api.runAnswer.array().parse(await json("runs --state running"))) await json(`cancel ${run.run}`);
    expect(out.trim()).toMatch(/^k[0-9a-f]+$/);
  });
});

describe("looking", () => {
  it.each<[string, z.ZodType]>([
    ["runs", z.array(api.runAnswer)],
    ["runs --workflow good --state succeeded --limit 1", z.array(api.runAnswer).length(1)],
    ["tasks latest", z.array(api.taskAnswer)],
    ["history", z.array(api.attemptAnswer).min(4)],
    ["history --state failed --workflow bad", z.array(api.attemptAnswer).length(1)],
    ["stats", z.array(api.statsAnswer).min(2)],
    ["stats --by day", z.array(api.statsAnswer).min(1)],
    ["dead-letters", z.array(api.deadLetterAnswer).length(1)],
    ["workflows", z.array(api.workflowAnswer).length(3)],
    ["versions good", z.array(api.workflowAnswer).length(1)],
    ["schedules --next 3", z.array(api.scheduleAnswer).length(1)],
  ])("%s --json is what the API answers", async (line, schema) => {
    expect(schema.safeParse(await json(line)).error).toBeUndefined();
  });

  it.each([
    ["runs", /^run +workflow +state/],
    ["tasks latest", /^task +state/],
    ["history --limit 2", /^started +run/],
    ["stats --by type", /^type +attempts/],
    ["dead-letters", /bad .*exit 3/],
    ["workflows", /^workflow +version/],
    ["schedules", /good\/default +cron\(0 3 \* \* \? \*\) +Europe\/Berlin +\d{4}-/],
  ])("%s is a table without colours", async (line, expected) => {
    const { code, out } = await qmoi(line);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
    expect(out).not.toContain("\u001b");
  });

  it("has colours where they are wanted", async () => {
    expect((await qmoi("runs", { colours: true })).out).toContain("\u001b[");
  });

  it("takes a run by a unique beginning, and says when it is not unique or unknown", async () => {
    const [newest] = api.runAnswer.array().parse(await json("runs --limit 1"));
    expect((await qmoi(`tasks ${newest?.run.slice(0, 10)}`)).code).toBe(0);
    expect(await qmoi("tasks k")).toMatchObject({ code: 2, err: expect.stringMatching(/k begins \d+ runs: k/) });
    expect(await qmoi("tasks zzz")).toMatchObject({ code: 2, err: expect.stringContaining("There is no run zzz.") });
  });

  it("explains a task and prints what it wrote", async () => {
    const [failed] = api.runAnswer.array().parse(await json("runs --state failed"));
    expect((await qmoi(`explain ${failed?.run} a`)).out).toMatch(/✗ failed {2}a[\s\S]*attempts\n {2}1\. ✗ failed/);
    expect((await qmoi(`explain ${failed?.run} b`)).out).toContain("skipped");
    expect(await qmoi(`logs ${failed?.run} a`)).toMatchObject({ code: 0, out: "no\n", err: "" });
    expect(await qmoi(`logs ${failed?.run} a -f`)).toMatchObject({ code: 0, out: "no\n" });
    expect(api.logAnswer.array().parse(await json(`logs ${failed?.run} a`))).toMatchObject([{ stream: "stderr", text: "no\n" }]);
  });

  it("follows a log until the task has ended", async () => {
    const path = file("talk.json", { name: "talk", tasks: [{ name: "a", target: sh("for i in 1 2 3; do echo $i; sleep 0.2; done") }] });
    const run = (await qmoi(["run", path, "--no-wait"])).out.trim();
    expect((await qmoi(`logs ${run} a -f`)).out).toBe("1\n2\n3\n");
  });
});

describe("steering", () => {
  it("pauses, resumes and cancels, each told in the run's state", async () => {
    const run = (await qmoi(["run", slow, "--no-wait"])).out.trim();
    expect(await qmoi(`pause ${run} --reason why`)).toMatchObject({ code: 0, out: expect.stringContaining("‖ paused") });
    expect((await qmoi(`resume ${run}`)).out).toContain("● running");
    expect((await qmoi(`cancel ${run}`)).code).toBe(0);
    expect(await qmoi(`resume ${run}`)).toMatchObject({ code: 1, err: expect.stringContaining("QMOI_") });
  });

  it("redrives what failed and waits", async () => {
    const flag = join(folder, "flag");
    const path = file("repair.json", { name: "repair", tasks: [{ name: "a", target: sh(`test -e ${flag}`), retry: { attempts: 1 } }] });
    expect((await qmoi(["run", path])).code).toBe(1);
    writeFileSync(flag, "");
    expect((await qmoi("redrive latest --wait")).code).toBe(0);
  });

  it("refuses to settle what is not held", async () => {
    expect(await qmoi("settle latest a succeeded")).toMatchObject({ code: 1, err: expect.stringMatching(/^error: /) });
    expect(await qmoi("settle latest a maybe")).toMatchObject({ code: 2, err: expect.stringContaining("Allowed choices are") });
  });
});

describe("workflows", () => {
  it("are diffed by task", async () => {
    const path = file("two.json", { name: "two", tasks: [{ name: "a", target: { type: "wait", seconds: 0 } }] });
    await qmoi(["run", path]);
    file("two.json", { name: "two", tasks: [{ name: "a", target: { type: "wait", seconds: 0 }, priority: 3 }] });
    await qmoi(["run", path]);
    expect((await qmoi("diff two")).out).toMatch(
      /^two {2}1 \([0-9a-f]{12}\) → 2 \([0-9a-f]{12}\) {2}1 change\n\+ \$\.tasks\[a\]\.priority 3\n$/,
    );
  });

  it("are imported from WfFormat", async () => {
    const instance = file("wf.json", {
      name: "i",
      schemaVersion: "1.5",
      workflow: {
        specification: { tasks: [{ name: "a", id: "a", parents: [], children: [], inputFiles: [], outputFiles: [] }], files: [] },
        execution: {
          makespanInSeconds: 1,
          executedAt: "2026-01-01T00:00:00Z",
          tasks: [{ id: "a", runtimeInSeconds: 5, command: { program: "p" } }],
          machines: [],
        },
      },
    });
    expect(await qmoi(["import", "wfformat", instance, "--name", "wf", "--time-scale", "0", "--slots", "2"])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^wf published as version 1/),
    });
    expect((await qmoi("run wf")).code).toBe(0);
    expect(await qmoi(["import", "wfformat", good])).toMatchObject({ code: 2, err: expect.stringContaining("QMOI_INVALID_WFFORMAT") });
  });

  it("are validated with file, line and what was probably meant, and nothing is left behind", async () => {
    const path = file("typo.json", '{\n  "name": "w",\n  "tasks": [{ "name": "a", "targt": { "type": "wait", "seconds": 1 } }]\n}');
    const elsewhere = join(folder, "elsewhere");
    const { code, err } = await runCli(["validate", path, "--data", elsewhere]);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: .*typo\.json:3:\d+ \$\.tasks\[0\]\.targt: unknown key "targt"; did you mean "target"\?/);
    expect(await runCli(["validate", good, bad, "--data", elsewhere])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/workflow good, 2 tasks\n.*workflow bad, 2 tasks/),
    });
    expect(existsSync(elsewhere)).toBe(false);
  });
});

describe("errors", () => {
  it.each([
    ["nope", 2, /Unknown command 'nope'/],
    ["runz", 2, /Did you mean one of run, runs\?/],
    ["run", 2, /Missing required argument 'workflow'/],
    ["runs extra", 2, /[Tt]oo many arguments/],
    ["runs --limit 0", 2, /whole number from 1/],
    ["runs --state done", 2, /Allowed choices are/],
    ["run missing.json", 2, /There is no such file/],
    ["run nosuchworkflow", 2, /QMOI_NOT_FOUND/],
    ["run good --input x", 2, /not name=value/],
    ["run good --input n=text", 2, /QMOI_INVALID_INPUT/],
  ])("%s", async (line, code, message) => {
    const result = await qmoi(line);
    expect(result).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
    expect(result.err).toMatch(/^error: [\s\S]*\n {2}try: .*\n$/);
  });

  it("are one JSON object on stderr with --json", async () => {
    const { out, err } = await qmoi("run nosuchworkflow --json");
    expect(out).toBe("");
    expect(JSON.parse(err)).toMatchObject({ code: "QMOI_NOT_FOUND", message: expect.any(String), remedy: expect.any(String) });
  });

  it("exit 3 when nothing can be reached", async () => {
    expect(await qmoi("runs", { env: { QMOI_URL: "http://127.0.0.1:9" } })).toMatchObject({
      code: 3,
      err: expect.stringContaining("QMOI_UNREACHABLE"),
    });
    expect(await runCli(["runs", "--data", join(folder, "nowhere")])).toMatchObject({ code: 3 });
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });

  it("QMOI_URL and QMOI_API_KEY name another server", async () => {
    const elsewhere = ["runs", "--data", join(folder, "nowhere")];
    expect((await runCli(elsewhere, { env: { QMOI_URL: server.url, QMOI_API_KEY: server.key() } })).code).toBe(0);
    expect(await runCli(elsewhere, { env: { QMOI_URL: server.url, QMOI_API_KEY: "wrong" } })).toMatchObject({
      code: 2,
      err: expect.stringContaining("QMOI_UNAUTHORIZED"),
    });
  });
});

describe("forecast", () => {
  it("says that nothing was learned, learns, and shows what it knows with interval, level and error", async () => {
    const many = file("many.json", {
      name: "many",
      tasks: Array.from({ length: 30 }, (_, i) => ({ name: `t${i}`, type: "blink", target: { type: "wait", seconds: 0 } })),
    });
    expect((await qmoi("forecast show")).out).toMatch(/^Nothing was learned yet/);
    expect(await qmoi("forecast explain blink")).toMatchObject({ code: 2, err: expect.stringContaining("QMOI_NOT_FOUND") });
    for (let i = 0; i < 2; i++) expect((await qmoi(["run", many])).code).toBe(0);
    const trained = await json("forecast train");
    expect(trained).toMatchObject({ result: "promoted", score: { coverage: expect.any(Number) } });
    expect(await json("forecast train --if-due")).toMatchObject({ result: "not-due" });
    expect((await qmoi("forecast show")).out).toMatch(/^forecaster 1 of .*\non \d+ held back: loss [\s\S]*\nblink +\d+ .*% +type /);
    expect(await json("forecast show")).toMatchObject({
      model: { number: 1 },
      items: expect.arrayContaining([expect.objectContaining({ type: "blink" })]),
    });
    const explained = (await qmoi("forecast explain many/t3")).out;
    expect(explained).toMatch(/^many\/t3 {2}of type blink\n\nrun time\n {2}\d+ms \(.* to .*, 90%; by type, typically off by \d+%/);
    expect(await json("forecast explain blink")).toMatchObject({ type: "blink", task: null, seconds: { forecast: { level: "type" } } });
    expect(await json("explain latest t3")).toMatchObject({ forecast: { seconds: { level: "type" } } });
    expect((await qmoi("explain latest t3")).out).toContain("forecast: ");
    expect(await json("forecast profiles")).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({
          type: "blink",
          tasks: 60,
          failures: null,
          variability: { ratio: expect.any(Number), is: expect.any(String) },
        }),
      ]),
    });
    expect((await qmoi("forecast profiles")).out).toMatch(/^type +tasks +of work [\s\S]*\nblink +60 /);
    expect(await json("forecast order")).toMatchObject({ policy: "fair", configured: "fair", pools: [] });
    expect((await qmoi("forecast order")).out).toMatch(/^Work is ordered by fair\.\nforecasts: .*\nNothing waits\.\n$/);
    expect(await json("forecast recommend")).toMatchObject({
      policy: "fair",
      history: { runs: expect.any(Number) },
      recommendations: expect.any(Array),
    });
    expect((await qmoi("forecast recommend")).out).toMatch(/looked at \d+ runs with \d+ tasks in [\d.]+m?s; ordered by fair\n$/);
  });
});

describe("help", () => {
  it("is shown without a command and has examples for each", async () => {
    const { code, out } = await runCli([]);
    expect([code, out]).toEqual([0, expect.stringContaining("Start here:")]);
    const commands = [...out.matchAll(/^ {2}([a-z][a-z-]*)(?: <| {2,}| \[)/gm)].map((match) => match[1]).filter((name) => name !== "help");
    expect(commands).toEqual(expect.arrayContaining(["up", "run", "runs", "tasks", "explain", "logs", "doctor", "dead-letters"]));
    for (const name of commands) {
      const sub = { import: ["wfformat"], forecast: ["recommend"] }[name ?? ""] ?? [];
      const help = await runCli([name ?? "", ...sub, "--help"]);
      expect([help.code, help.out], name).toEqual([0, expect.stringMatching(/^Usage: qmoi [\s\S]*--json[\s\S]*\nExamples:\n {2}\$ qmoi /)]);
    }
  });

  it("prints the version", async () => {
    expect((await runCli(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("doctor", () => {
  it("finds everything in order beside a running server", async () => {
    const { code, out } = await qmoi("doctor");
    expect(code).toBe(0);
    for (const check of ["node", "data folder", "store", "disk", "server", "clock", "configuration"])
      expect(out).toMatch(new RegExp(`^✓ ${check} `, "m"));
  });

  it("says what to do about a wrong configuration and a folder that is a file", async () => {
    const config = mkdtempSync(join(folder, "config-"));
    writeFileSync(join(config, "parallel_processing.json"), '{"poolz": {}}');
    const { code, out } = await runCli(["doctor", "--data", good, "--config", config]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ data folder .*is not a folder\n +try: /);
    expect(out).toMatch(/✗ configuration .*poolz.*\n +try: /);
  });
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("for %s names commands and options", async (shell) => {
    const { code, out } = await runCli(["completion", shell]);
    expect(code).toBe(0);
    for (const word of ["dead-letters", "no-wait", "wfformat", "time-scale", "running"]) expect(out).toContain(word);
  });
});
