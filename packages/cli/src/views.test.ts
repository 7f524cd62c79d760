import type { RunDetail, Task } from "@qmoi/client";
import { Ansis } from "ansis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Io } from "./io.ts";
import { LineView } from "./line-view.ts";
import { LiveView } from "./live-view.ts";
import { summary } from "./summary.ts";
import { timeline } from "./timeline.ts";

const plain = new Ansis(0);
const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(T0 + ms).toISOString();
const counts = { pending: 0, ready: 0, waiting: 0, running: 0, held: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 };
const task = (name: string, more: Partial<Task> = {}): Task => ({
  name,
  state: "succeeded",
  needs: [],
  attempt: 1,
  pool: "default",
  slots: 1,
  type: "w",
  readyAt: at(0),
  startedAt: at(0),
  endedAt: at(1000),
  startSeq: 1,
  endSeq: 2,
  failure: null,
  ...more,
});
const run = (more: Partial<RunDetail> = {}): RunDetail => ({
  run: "r".repeat(18),
  workflow: "w",
  version: "v",
  state: "running",
  createdAt: at(0),
  startedAt: at(0),
  endedAt: null,
  priority: 5,
  inputs: {},
  schedule: null,
  forecast: null,
  nominal: null,
  total: 2,
  reason: null,
  tasks: { ...counts, succeeded: 1, running: 1 },
  ...more,
});

const io = (columns: number): Io & { said: string } => {
  const kept = {
    said: "",
    out: () => undefined,
    err: (text: string) => {
      kept.said += text;
    },
    style: plain,
    errStyle: plain,
    live: true,
    outIsTerminal: true,
    columns,
    broken: false,
    env: {},
  };
  return kept;
};

describe("timeline", () => {
  const options = { columns: 80, rows: 10, now: T0 + 2000 };

  it("shows waiting and running in proportion", () => {
    const text = timeline(
      plain,
      [task("a", { endedAt: at(500) }), task("b", { readyAt: at(500), startedAt: at(750), endedAt: at(1000) })],
      options,
    );
    const [, a = "", b = ""] = text.split("\n");
    expect(a).toMatch(/^ {2}✓ a █{30} +500ms$/);
    expect(b).toMatch(/^ {2}✓ b {31}░{15}█{15} 250ms$/);
  });

  it("gives every task at least one cell within the width, whatever the spans", () => {
    const text = timeline(
      plain,
      [task("a", { endedAt: at(100_000) }), task("b", { readyAt: at(100_000), startedAt: at(100_000), endedAt: at(100_000) })],
      options,
    );
    expect(text.split("\n")[2]).toMatch(/^ {2}✓ b {60}█ 0ms$/);
  });

  it("of many keeps what failed and what took longest", () => {
    const many = Array.from({ length: 50 }, (_, i) => task(`t${i}`, { endedAt: at(1000 + i) }));
    const text = timeline(plain, [...many, task("bad", { state: "failed", endedAt: at(1) })], options);
    expect(text).toContain("✗ bad");
    expect(text).toContain("t49");
    expect(text).not.toContain("t0 ");
    expect(text).toContain("and 41 shorter");
  });

  it("is nothing where nothing started", () => {
    expect(timeline(plain, [task("a", { startedAt: null, endedAt: null, state: "skipped" })], options)).toBe("");
  });
});

describe("LiveView", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([40, 60, 100, 200])("never wraps at %i columns, and takes away what it drew", (columns) => {
    const screen = io(columns);
    const view = new LiveView(screen, () => T0 + 5000);
    const tasks = Array.from({ length: 12 }, (_, i) =>
      task(`a-rather-long-name-of-a-task-${i}`, { state: "running", endedAt: null, attempt: 2 }),
    );
    view.update(
      run({ workflow: "a-workflow-with-a-rather-long-name", tasks: { ...counts, running: 12, pending: 99, succeeded: 7 } }),
      tasks,
    );
    const lines = screen.said.split("\n").slice(0, -1);
    expect(lines).toHaveLength(1 + 8 + 1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    screen.said = "";
    view.end();
    expect(screen.said).toBe("\u001b[10A\u001b[J");
  });
});

describe("LineView", () => {
  it("tells each change of a task once", () => {
    const screen = io(100);
    const view = new LineView(screen);
    const running = task("a", { state: "running", endedAt: null });
    view.update(run(), [running, task("b", { state: "pending" })]);
    view.update(run(), [running, task("b", { state: "pending" })]);
    view.update(run({ state: "succeeded" }), [
      task("a"),
      task("b", { state: "failed", attempt: 2, failure: { class: "exit", code: "exit 3", message: "no\nmore" } }),
    ]);
    expect(screen.said.split("\n")).toEqual([
      `run ${"r".repeat(18)} of w: 2 tasks`,
      "  ● running  a",
      "  ✓ succeeded  a  1.0s",
      "  ✗ failed  b  1.0s  attempt 2  exit 3: no more",
      "",
    ]);
  });

  it("tells counts of a run with many tasks, each 5 percent", () => {
    const screen = io(100);
    const view = new LineView(screen);
    for (let done = 0; done <= 1000; done++)
      view.update(run({ total: 1000, tasks: { ...counts, succeeded: done, pending: 1000 - done } }), []);
    expect(screen.said.split("\n")).toHaveLength(1 + 20 + 1);
  });
});

describe("summary", () => {
  it("tells what came out of the last tasks, not of a forEach's instances", () => {
    const tasks = [
      task("list", { output: [1] }),
      task("each", { needs: ["list"], output: [2] }),
      task("each[0]", { output: 2 }),
      task("end", { needs: ["each"], output: { sum: 2 } }),
    ];
    const text = summary(
      plain,
      run({ state: "succeeded", endedAt: at(1500), total: 4, tasks: { ...counts, succeeded: 4 } }),
      tasks,
      100,
      T0,
    );
    expect(text).toMatch(/^✓ succeeded {2}w {2}1\.5s {2}4 tasks: 4 succeeded {2}run r+\n/);
    expect(text.match(/→ .*/g)).toEqual(['→ end: {"sum":2}']);
  });

  it("tells why tasks failed and how to go on", () => {
    const failed = task("a", { state: "failed", failure: { class: "exit", code: "exit 3", message: "no" } });
    const text = summary(plain, run({ state: "failed", endedAt: at(1), tasks: { ...counts, failed: 1 } }), [failed], 100, T0);
    expect(text).toContain("✗ a: exit 3: no\n  qmoi logs rrrrrrrrrrrr a\nthen: qmoi redrive rrrrrrrrrrrr\n");
  });
});
