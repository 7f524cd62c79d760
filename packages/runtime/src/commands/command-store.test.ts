import { MemoryTable } from "@qmoi/adapters";
import type { StepRecord } from "@qmoi/master-automation";
import fc from "fast-check";
import { expect, it } from "vitest";
import { CommandStore } from "./command-store.ts";

/** In the order of the machine: a failure in the second wave, and both waves undone. */
const ORDER = ["backup", "act#0#a", "verify#0", "act#1#b", "verify#1", "undo#1#b", "undo#0#a"] as const;

const stepOf = (name: string): Pick<StepRecord, "step" | "wave"> => {
  const [step, wave] = name.split("#");
  return { step: step as StepRecord["step"], wave: wave === undefined ? -1 : Number(wave) };
};

it("tells steps of one millisecond in the order of the machine, however they are stored", async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...ORDER], { minLength: ORDER.length }), async (names) => {
      const store = new CommandStore({ table: new MemoryTable() });
      for (const name of names) await store.putStep("c1", name, undefined, { ...stepOf(name), status: "done", startedAt: 7 });
      expect((await store.steps("c1")).map(({ step, wave }) => `${step} ${wave}`)).toEqual(
        ORDER.map((name) => `${stepOf(name).step} ${stepOf(name).wave}`),
      );
    }),
  );
});
