import { type Clock, LATER, type TargetRunner } from "@qmoi/core";
import { failed, failure, isFailure, messageOf, readTarget } from "../targets/failures.ts";
import { waitSchema } from "../targets/wait-target.ts";
import type { Completion } from "./completion.ts";

/** Waits without anybody waiting: a message that ends the attempt is held back until its time. */
export const delayedWaitTarget = (clock: Clock, send: (completion: Completion) => Promise<void>): TargetRunner => ({
  type: "wait",
  outlives: true,
  run: async (call) => {
    const spec = readTarget(waitSchema, call);
    if (isFailure(spec)) return failed(spec);
    const at = spec.until === undefined ? clock.now() + (spec.seconds ?? 0) * 1000 : Date.parse(spec.until);
    if (at <= clock.now()) return { ok: true };
    try {
      await send({ token: call.token, at, result: { ok: true } });
      return LATER;
    } catch (error) {
      return failed(failure("unavailable", "QMOI_STORE_UNAVAILABLE", messageOf(error)));
    }
  },
});
