import type { TargetRunner } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { createTargets } from "./create-targets.ts";
import { testCall } from "./testing/calls.ts";

describe("createTargets", () => {
  it("has a runner for each type, and takes more", async () => {
    const lambda: TargetRunner = { type: "lambda", run: async () => ({ ok: true, output: "invoked" }) };
    const targets = createTargets({
      clock: { now: Date.now, monotonic: () => performance.now(), after: () => () => undefined },
      process: { baseEnv: { PATH: process.env.PATH ?? "" } },
      function: { baseDir: ".", baseEnv: {} },
      more: [lambda],
    });
    expect([...targets.keys()].sort()).toEqual(["function", "http", "lambda", "process", "wait"]);
    expect(await targets.get("lambda")?.run(testCall({ type: "lambda" }).call)).toMatchObject({ output: "invoked" });
    expect(await targets.get("process")?.run(testCall({ type: "process", command: "true" }).call)).toMatchObject({ ok: true });
    for (const runner of targets.values()) await runner.close?.();
  });
});
