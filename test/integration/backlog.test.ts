import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, it } from "vitest";
import { type Backlog, measureBacklog } from "../bench/load/backlog.ts";

setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc") as typeof globalThis.gc;

const root = mkdtempSync(join(tmpdir(), "qmoi-backlog-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const behind = (tasks: number): Promise<Backlog> => measureBacklog({ folder: join(root, `${tasks}`), tasks, watchMs: 300 });

it("starts over a backlog, answers while it works on it, and keeps little in memory for each queued task", async () => {
  const few = await behind(2_000);
  const many = await behind(50_000);
  expect(Object.keys(many.answers)).toHaveLength(6);
  expect(many.perSecond).toBeGreaterThan(0);
  expect((many.heap - few.heap) / (50_000 - 2_000)).toBeLessThan(500);
}, 120_000);
