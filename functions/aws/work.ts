import { HttpTarget } from "@qmoi/adapters";
import { AwsSecrets, containerTarget, delayedWaitTarget, executionTarget, lambdaTargets } from "@qmoi/adapters/aws";
import type { Work, WorkParts } from "./system.ts";

/** What the task-runner runs tasks with. */
export const cloudWork = ({ env, clock, completions }: WorkParts): Work => {
  const elsewhere = { completions: env.QMOI_COMPLETIONS, prefix: env.QMOI_PREFIX };
  const runners = [
    new HttpTarget({ clock }),
    delayedWaitTarget(clock, (one) => completions.send([one], () => (one.at ?? 0) - clock.now())),
    ...lambdaTargets(elsewhere),
    executionTarget({ ...elsewhere, machines: env.QMOI_MACHINE.slice(0, env.QMOI_MACHINE.lastIndexOf(":") + 1) }),
    containerTarget(elsewhere),
  ];
  return { targets: new Map(runners.map((runner) => [runner.type, runner])), secrets: new AwsSecrets() };
};
