import { randomBytes } from "node:crypto";
import { Invocation } from "@qmoi/runtime";
import type { Context } from "aws-lambda";
import type { CloudSystem } from "./system.ts";

/** The engine for one invocation. */
export const invocationOf = ({ ports, later, definitions, learned }: CloudSystem, context: Context): Invocation =>
  new Invocation(ports, {
    id: `f-${randomBytes(6).toString("hex")}`,
    later,
    remainingMs: () => context.getRemainingTimeInMillis(),
    definitions,
    learned,
  });
