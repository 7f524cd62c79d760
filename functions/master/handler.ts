import { QmoiError } from "@qmoi/core";
import type { StepAnswer, StepEvent } from "@qmoi/runtime";

type Check = (value: unknown) => boolean;
type Checks = Readonly<Record<string, Check>>;

// By hand: each step of a command would load zod for these few.
const text: Check = (value) => typeof value === "string";
const name: Check = (value) => text(value) && value !== "" && String(value).length <= 100;
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const wrongIn = (checks: Checks, value: unknown): readonly string[] =>
  Object.keys(checks).filter((key) => !checks[key]?.((value as Record<string, unknown> | null | undefined)?.[key]));
const has =
  (checks: Checks): Check =>
  (value) =>
    wrongIn(checks, value).length === 0;

const command = { commandId: name };
const wave = { ...command, i: count };
const module = { ...wave, module: has({ id: text }), polls: optional(count) };
const result = has({ id: text, ok: (value) => typeof value === "boolean", error: optional(text), cause: optional(text) });

/** What the state machine sends with each step; it also sends ids of executions and counters, which no step reads. */
const STEPS: Readonly<Record<StepEvent["step"], Checks>> = {
  plan: command,
  backup: command,
  announce: command,
  act: module,
  poll: module,
  undo: module,
  verify: { ...wave, results: (value) => Array.isArray(value) && value.every(result) },
  record: {
    ...command,
    outcome: (value) => ["succeeded", "compensated", "refused"].includes(value as string),
    failure: optional(has({ Error: text, Cause: text })),
  },
};

export interface StepCarrier {
  step(event: StepEvent): Promise<StepAnswer>;
}

export type MasterHandler = (event: unknown) => Promise<StepAnswer>;

/**
 * The steps of the state machine `master-command`. Rejects where trying again may help; a decided failure is in the answer. Errors:
 * QMOI_INVALID_INPUT for what the state machine never sends.
 */
export const createMasterHandler =
  (steps: StepCarrier): MasterHandler =>
  async (given) => {
    const { step } = (given ?? {}) as Partial<StepEvent>;
    const wrong = step !== undefined && Object.hasOwn(STEPS, step) ? wrongIn(STEPS[step], given) : ["step"];
    if (wrong.length === 0) return steps.step(given as StepEvent);
    throw new QmoiError("QMOI_INVALID_INPUT", `This is no step of a command: ${wrong.join(", ")} can't be read.`, {
      path: `$.${wrong[0]}`,
      remedy: "Steps are what stacks/state-machines/master-command.asl.json sends.",
    });
  };
