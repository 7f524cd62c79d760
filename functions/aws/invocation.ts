import { randomBytes } from "node:crypto";
import { Invocation, Learned } from "@qmoi/runtime";
import type { Context } from "aws-lambda";
import { openDefinitions } from "./definitions.ts";
import type { CloudSystem } from "./system.ts";

/** Names who holds a lease; unique over all invocations. */
export const invocationId = (): string => `f-${randomBytes(6).toString("hex")}`;

/** What gives each invocation an engine of its own. What is read of definitions and learned of forecasts, it keeps from one to the next. */
export const openInvocations = ({ ports, later }: CloudSystem): ((context: Context) => Invocation) => {
  const kept = { definitions: openDefinitions(ports), learned: new Learned({ stored: true }) };
  return (context) => new Invocation(ports, { id: invocationId(), later, remainingMs: () => context.getRemainingTimeInMillis(), ...kept });
};
