import type { StepAnswer, StepEvent } from "@qmoi/runtime";
import * as z from "zod";

const command = { commandId: z.string().min(1).max(100) };
const wave = { ...command, i: z.int().min(0) };
const module = { ...wave, module: z.object({ id: z.string() }) };
const failure = z.object({ Error: z.string(), Cause: z.string() });
const result = z.object({ id: z.string(), ok: z.boolean(), error: z.string().optional(), cause: z.string().optional() });

/** What the state machine sends; ids of executions and counters that a step doesn't need are dropped. */
const event = z.discriminatedUnion("step", [
  z.object({ step: z.enum(["plan", "backup", "announce"]), ...command }),
  z.object({ step: z.enum(["act", "poll", "undo"]), ...module, polls: z.int().min(0).optional() }),
  z.object({ step: z.literal("verify"), ...wave, results: z.array(result) }),
  z.object({
    step: z.literal("record"),
    ...command,
    outcome: z.enum(["succeeded", "compensated", "refused"]),
    failure: failure.optional(),
  }),
]);

export interface StepCarrier {
  step(event: StepEvent): Promise<StepAnswer>;
}

export type MasterHandler = (event: unknown) => Promise<StepAnswer>;

/** The steps of the state machine `master-command`. Rejects where trying again may help; a decided failure is in the answer. */
export const createMasterHandler =
  (steps: StepCarrier): MasterHandler =>
  (given) =>
    steps.step(event.parse(given) as StepEvent);
