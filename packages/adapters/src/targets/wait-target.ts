import { type Clock, sleep, type TargetCall, type TargetResult, type TargetRunner } from "@qmoi/core";
import * as z from "zod";
import { aborted, failed, isFailure, readTarget } from "./failures.ts";

/** A `wait` target's own keys. */
export const waitSchema = z
  .object({ seconds: z.number().min(0).optional(), until: z.iso.datetime({ offset: true }).optional() })
  .refine((wait) => (wait.seconds === undefined) !== (wait.until === undefined), "give either seconds or until");

/** A wait until a time looks at the clock again this often: the clock may be set, or the computer sleep. */
const LONGEST_STEP_MS = 60_000;

/** Waits some seconds, or until a time of day; a time that has passed is no wait. */
export class WaitTarget implements TargetRunner {
  readonly type = "wait";
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(call: TargetCall): Promise<TargetResult> {
    const spec = readTarget(waitSchema, call);
    if (isFailure(spec)) return failed(spec);
    const clock = this.#clock;
    const read = spec.until === undefined ? () => clock.monotonic() : () => clock.now();
    const end = spec.until === undefined ? read() + (spec.seconds ?? 0) * 1000 : Date.parse(spec.until);
    for (let left = end - read(); left > 0 && !call.signal.aborted; left = end - read()) {
      await sleep(clock, Math.min(Math.ceil(left), LONGEST_STEP_MS), call.signal);
    }
    return call.signal.aborted ? failed(aborted(call)) : { ok: true };
  }
}
