import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, QmoiError } from "@qmoi/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileLogger, TerminalLogger, teeLogger } from "./index.ts";

const clock: Clock = { now: () => Date.UTC(2026, 0, 31, 9), monotonic: () => 0, after: () => () => undefined };
let folder: string;
let path: string;
const lines = (file = path): Record<string, unknown>[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qmoi-log-"));
  path = join(folder, "logs", "a.log");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("FileLogger", () => {
  it("writes one JSON line an event, from its level on", () => {
    const logger = new FileLogger({ path, clock });
    logger.log("debug", "unseen");
    logger.log("info", "task ended", { run: "r", ms: 5 });
    logger.close();
    expect(lines()).toEqual([{ time: "2026-01-31T09:00:00.000Z", level: "info", message: "task ended", run: "r", ms: 5 }]);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("writes without being told to", async () => {
    const logger = new FileLogger({ path, clock });
    logger.log("info", "a");
    expect(existsSync(path)).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lines()).toHaveLength(1);
    logger.close();
  });

  it("tells errors with code, path, stack and causes, and fields can't forge the line", () => {
    const logger = new FileLogger({ path, clock });
    const error = new QmoiError("QMOI_CONFLICT", "lost", { path: "$.a", cause: new TypeError("inner") });
    logger.log("error", "failed", { error, level: "info", time: "never" });
    logger.close();
    expect(lines()[0]).toMatchObject({
      level: "error",
      time: "2026-01-31T09:00:00.000Z",
      error: { code: "QMOI_CONFLICT", path: "$.a", stack: expect.stringContaining("loggers.test"), cause: { name: "TypeError" } },
    });
  });

  it("survives what JSON can't tell", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const logger = new FileLogger({ path, clock });
    logger.log("info", "odd", { big: 5n, cycle });
    logger.log("info", "big", { big: 5n });
    logger.close();
    expect(lines()).toMatchObject([{ message: "odd", unloggable: ["big", "cycle"] }, { big: "5" }]);
  });

  it("rotates by size, keeps so many, and loses no line in between", () => {
    const logger = new FileLogger({ path, clock, maxBytes: 200, keep: 2 });
    for (let n = 0; n < 9; n++) {
      logger.log("info", "event", { n });
      logger.flush();
    }
    logger.close();
    expect(readdirSync(join(folder, "logs")).sort()).toEqual(["a.log", "a.log.1", "a.log.2"]);
    const kept = [`${path}.2`, `${path}.1`, path].flatMap((file) => lines(file).map((line) => line.n));
    expect(kept).toEqual([...kept.keys()].map((i) => i + 9 - kept.length));
    for (const file of [path, `${path}.1`, `${path}.2`]) expect(statSync(file).size).toBeLessThanOrEqual(200);
  });

  it("goes on with the file that is there", () => {
    for (const n of [1, 2]) {
      const logger = new FileLogger({ path, clock });
      logger.log("info", "event", { n });
      logger.close();
    }
    expect(lines().map((line) => line.n)).toEqual([1, 2]);
  });

  it("counts what a disk refused and says so once it writes again", () => {
    writeFileSync(join(folder, "logs"), "a file where the folder should be");
    const logger = new FileLogger({ path, clock });
    logger.log("info", "lost");
    logger.flush();
    logger.log("info", "lost too");
    logger.flush();
    rmSync(join(folder, "logs"));
    logger.log("info", "kept");
    logger.close();
    expect(lines()).toMatchObject([{ level: "warn", count: 2 }, { message: "kept" }]);
  });
});

describe("TerminalLogger", () => {
  const line = (fields: Record<string, unknown>, colours = false): string => {
    let text = "";
    new TerminalLogger({ clock, colours, write: (t) => (text += t) }).log("warn", "something", fields);
    return text;
  };

  it("is one readable line", () => {
    expect(line({ run: "r1", text: "two words", error: new QmoiError("QMOI_CONFLICT", "lost"), none: undefined })).toMatch(
      /^\d\d:\d\d:\d\d warn {2}something run=r1 text="two words" error="QMOI_CONFLICT lost"\n$/,
    );
  });

  it("lets no control character through", () => {
    expect(line({ text: "a\u001b[31mb\nc\u0007" })).toMatch(/^\P{Cc}+\n$/u);
  });

  it("has colours only when asked for", () => {
    expect(line({}, true)).toContain("\u001b[33m");
    expect(line({})).not.toContain("\u001b");
  });
});

it("teeLogger gives each line to each", () => {
  const seen: string[] = [];
  const one = (name: string) => ({ log: (_: string, message: string) => void seen.push(name + message) });
  teeLogger(one("a"), one("b")).log("info", "!");
  expect(seen).toEqual(["a!", "b!"]);
});
