import type { Clock, TargetRunner } from "@qmoi/core";
import { FunctionTarget, type FunctionTargetOptions } from "./function-target.ts";
import { HttpTarget, type HttpTargetOptions } from "./http-target.ts";
import { ProcessTarget, type ProcessTargetOptions } from "./process-target.ts";
import { WaitTarget } from "./wait-target.ts";

export interface TargetsOptions {
  readonly clock: Clock;
  readonly process: ProcessTargetOptions;
  readonly function: FunctionTargetOptions;
  readonly http?: Omit<HttpTargetOptions, "clock">;
  /** Runners of further types (lambda, step-functions, sqs, ecs), or in place of one of these. */
  readonly more?: readonly TargetRunner[];
}

/** The runners of a place by target type. Close them when done: they hold threads, pipes and connections. */
export const createTargets = (options: TargetsOptions): Map<string, TargetRunner> => {
  const { clock } = options;
  const runners: TargetRunner[] = [
    new ProcessTarget(options.process),
    new FunctionTarget(options.function),
    new HttpTarget({ ...options.http, clock }),
    new WaitTarget(clock),
    ...(options.more ?? []),
  ];
  return new Map(runners.map((runner) => [runner.type, runner]));
};
