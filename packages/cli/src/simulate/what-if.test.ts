import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.ts";

interface Schedule {
  readonly policy: string | null;
  readonly recorded: boolean;
  readonly pools: Readonly<Record<string, number>>;
  readonly makespan: number;
  readonly tasks: number;
  readonly runs: number;
  readonly spans: readonly { readonly task: string; readonly startedAt: number; readonly endedAt: number }[];
}

const folder = mkdtempSync(join(tmpdir(), "qmoi-what-if-"));
const data = join(folder, "data");
const flow = join(folder, "flow.json");
const sleeps = (seconds: number) => ({ type: "process", command: "sleep", args: [String(seconds)] });

const qmoi = (line: string) => runCli([...line.split(" "), "--data", data]);
const schedules = async (line: string): Promise<Schedule[]> => {
  const { code, out, err } = await qmoi(`${line} --json`);
  expect([code, err], line).toEqual([0, ""]);
  return (JSON.parse(out) as { schedules: Schedule[] }).schedules;
};

beforeAll(async () => {
  writeFileSync(
    flow,
    JSON.stringify({
      name: "flow",
      pools: { own: { slots: 1 } },
      tasks: [
        { name: "list", target: { ...sleeps(0), output: "none" }, estimate: 1 },
        { name: "each", needs: ["list"], forEach: { list: "[1, 2, 3]" }, target: sleeps(0.1), estimate: 4 },
        { name: "skipped", needs: ["each"], when: "false", target: sleeps(9), estimate: 9 },
        { name: "last", needs: [{ task: "skipped", on: "always" }], target: sleeps(0.1), resources: { pool: "own" }, estimate: 2 },
      ],
    }),
  );
  expect((await qmoi(`run ${flow}`)).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("qmoi simulate without seeds", () => {
  it("plays a workflow's runs through pools of several sizes, by several policies", async () => {
    const found = await schedules(`simulate --workflow ${flow}@0,1 --slots 1,4 --policy fair,workflow-fifo`);
    expect(found.map(({ policy, pools }) => [policy, pools.default, pools["flow/own"]])).toEqual([
      ["fair", 1, 1],
      ["workflow-fifo", 1, 1],
      ["fair", 4, 1],
      ["workflow-fifo", 4, 1],
    ]);
    // By estimates: 1, 4, 9 and 2 seconds one after the other, twice in one slot but for the last one's pool.
    expect(found.map(({ runs, tasks }) => [runs, tasks])).toEqual(Array(4).fill([2, 8]));
    expect(found[2]?.makespan).toBeLessThanOrEqual(18);
    expect(found[0]?.makespan).toBeGreaterThanOrEqual(28);
  });

  it("plays what is on record again, beside how it was", async () => {
    const [recorded, played] = await schedules("simulate --history 5 --slots 1");
    expect([recorded?.recorded, recorded?.policy, played?.recorded, played?.policy]).toEqual([true, null, false, "fair"]);
    // The forEach's instances ran, what was skipped didn't; who needed it still comes last.
    expect(played?.spans.map(({ task }) => task).sort()).toEqual(["each[0]", "each[1]", "each[2]", "last", "list"]);
    const last = played?.spans.find(({ task }) => task === "last");
    for (const span of played?.spans ?? []) if (span.task !== "last") expect(span.endedAt).toBeLessThanOrEqual(last?.startedAt as number);
    expect(recorded?.tasks).toBe(5);
  });

  it("writes a table, a picture and a page", async () => {
    const [svg, html] = [join(folder, "t.svg"), join(folder, "t.html")];
    const { code, out, err } = await qmoi(`simulate --history --svg ${svg} --html ${html}`);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^1 run, 5 tasks\nschedule +makespan +mean completion +95% within +mean waiting +longest +utilisation\nas recorded /,
    );
    expect(err).toBe(`${svg} written\n${html} written\n`);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg [\s\S]*each\[0\][\s\S]*<\/svg>\n$/);
    expect(readFileSync(html, "utf8")).toMatch(/^<!doctype html>[\s\S]*as recorded[\s\S]*<svg /);
  });

  it.each([
    ["simulate --history --seeds 3", "--history"],
    ["simulate --svg x.svg", "--svg"],
    [`simulate --workflow ${flow} --history`, "--history"],
    ["simulate --seeds 3 --slots 1,2", "--slots"],
    ["simulate --seeds 3 --policy fair,fast", "--policy"],
    [`simulate --workflow ${flow} --pool gpu`, "--pool"],
  ])("refuses %s", async (line, path) => {
    const { code, err } = await qmoi(`${line} --json`);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ code: "QMOI_USAGE", path });
  });
});
