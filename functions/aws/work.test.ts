import { SystemClock } from "@qmoi/adapters";
import { SqsSender } from "@qmoi/adapters/aws";
import { expect, it } from "vitest";
import type { Environment } from "./environment.ts";
import { NO_WORK, TARGET_TYPES } from "./system.ts";
import { cloudWork } from "./work.ts";

it("the task-runner runs exactly the types of targets that all functions know, and can stop those that they ask it to stop", () => {
  const names = ["TABLE", "BLOBS", "HINTS", "WAKES", "COMPLETIONS", "PREFIX", "MACHINE", "LOG_LEVEL"];
  const env = Object.fromEntries(names.map((name) => [`QMOI_${name}`, "none"])) as unknown as Environment;
  const { targets } = cloudWork({ env, clock: new SystemClock(), completions: new SqsSender("none") });
  expect([...targets.keys()].sort()).toEqual([...TARGET_TYPES].sort());
  for (const [type, { stop }] of targets) expect([type, stop !== undefined]).toEqual([type, NO_WORK.targets.get(type)?.stop !== undefined]);
});
