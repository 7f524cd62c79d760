import { expect, it } from "vitest";
import { decideOverlap, type OverlapPolicy } from "./overlap.ts";

it.each<[OverlapPolicy, number, number, string, string]>([
  ["skip", 0, 0, "start", "free"],
  ["skip", 1, 0, "skip", "running"],
  ["queue-one", 0, 0, "start", "free"],
  ["queue-one", 1, 0, "queue", "running"],
  ["queue-one", 1, 1, "skip", "queue-full"],
  ["queue-one", 0, 1, "skip", "queue-full"],
  ["queue-all", 0, 0, "start", "free"],
  ["queue-all", 1, 0, "queue", "running"],
  ["queue-all", 1, 7, "queue", "running"],
  ["queue-all", 0, 1, "queue", "running"],
  ["cancel-running", 0, 0, "start", "free"],
  ["cancel-running", 1, 0, "cancel-and-start", "replaces-running"],
  ["cancel-running", 0, 1, "cancel-and-start", "replaces-running"],
  ["allow", 0, 0, "start", "allowed"],
  ["allow", 9, 0, "start", "allowed"],
])("%s with %i running and %i queued: %s (%s)", (policy, running, queued, action, reason) => {
  expect(decideOverlap({ policy, running, queued })).toEqual({ action, reason });
});
