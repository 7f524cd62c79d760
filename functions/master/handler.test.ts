import type { StepAnswer } from "@qmoi/runtime";
import { describe, expect, it, vi } from "vitest";
import { createMasterHandler } from "./handler.ts";

const ANSWER = { status: "done" } as unknown as StepAnswer;
const act = { step: "act", commandId: "c1", executionId: "e", i: 0, module: { id: "advanced-automation" } };
const record = { step: "record", commandId: "c1", outcome: "succeeded" };

describe("the state machine's steps", () => {
  it.each([
    { step: "plan", commandId: "c1", executionId: "e" },
    { step: "backup", commandId: "c1" },
    { step: "announce", commandId: "c1" },
    act,
    { ...act, step: "poll", polls: 3 },
    { ...act, step: "undo" },
    {
      step: "verify",
      commandId: "c1",
      i: 1,
      results: [
        { id: "m", ok: true },
        { id: "n", ok: false, error: "E", cause: "C" },
      ],
    },
    record,
    { ...record, outcome: "refused", failure: { Error: "none", Cause: "none" } },
  ])("$step is carried out", async (event) => {
    const step = vi.fn(async () => ANSWER);
    expect(await createMasterHandler({ step })(event)).toBe(ANSWER);
    expect(step).toHaveBeenCalledWith(event);
  });

  it.each([
    [undefined, "$.step"],
    ["plan", "$.step"],
    [{ commandId: "c1" }, "$.step"],
    [{ step: "toString", commandId: "c1" }, "$.step"],
    [{ step: "plan" }, "$.commandId"],
    [{ step: "plan", commandId: "" }, "$.commandId"],
    [{ step: "plan", commandId: "c".repeat(101) }, "$.commandId"],
    [{ ...act, i: -1 }, "$.i"],
    [{ ...act, i: 0.5 }, "$.i"],
    [{ ...act, module: null }, "$.module"],
    [{ ...act, polls: "3" }, "$.polls"],
    [{ step: "verify", commandId: "c1", i: 0, results: [{ id: "m" }] }, "$.results"],
    [{ ...record, outcome: "lost" }, "$.outcome"],
    [{ ...record, failure: { Error: "none" } }, "$.failure"],
  ])("%j is refused, and nothing carried out", async (event, path) => {
    const step = vi.fn(async () => ANSWER);
    await expect(createMasterHandler({ step })(event)).rejects.toThrow(expect.objectContaining({ code: "QMOI_INVALID_INPUT", path }));
    expect(step).not.toHaveBeenCalled();
  });
});
