import type { Invariant } from "../judge.ts";
import { cancelledStays, oneCompletion, terminalFinal } from "./completions.ts";
import { dependenciesRespected, outcomesEarned } from "./dependencies.ts";
import { currentToken, effectOnce, noOverlap, outcomesTrue } from "./effects.ts";
import { firedOnce, overlapPolicyHeld } from "./firings.ts";
import { grantHeld, grantsReturned, grantsWithinLimits, runningWithinLimits } from "./limits.ts";
import { ratesHeld, spawnBudgetHeld } from "./rates.ts";
import { freshReading, promptStop } from "./readings.ts";
import { dataFlows, historyComplete, hostHeld, noDefect, progress } from "./rest.ts";
import { retriesWithinPolicy } from "./retries.ts";
import { freeSlotTaken } from "./starvation.ts";
import { stopsTold } from "./stops.ts";
import { expansionsKept, noLostUpdate } from "./updates.ts";

/** Everything that must hold in every world. */
export const INVARIANTS: readonly Invariant[] = [
  dependenciesRespected,
  outcomesEarned,
  outcomesTrue,
  oneCompletion,
  terminalFinal,
  cancelledStays,
  expansionsKept,
  noLostUpdate,
  grantsWithinLimits,
  runningWithinLimits,
  grantHeld,
  grantsReturned,
  ratesHeld,
  spawnBudgetHeld,
  freshReading,
  promptStop,
  stopsTold,
  currentToken,
  noOverlap,
  effectOnce,
  retriesWithinPolicy,
  firedOnce,
  overlapPolicyHeld,
  progress,
  freeSlotTaken,
  historyComplete,
  hostHeld,
  dataFlows,
  noDefect,
];
