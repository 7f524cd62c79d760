import { AuditLog, Keys, SharedFailures } from "@qmoi/runtime";
import { type Authorizer, type AuthorizerEvent, type AuthorizerResult, createAuthorizer } from "../authorizer/handler.ts";
import { auditKey } from "./audit-key.ts";
import { openCloud } from "./system.ts";

const system = openCloud();
let opened: Promise<Authorizer> | undefined;

const open = async (): Promise<Authorizer> => {
  const { ports, env } = system;
  const audit = new AuditLog(ports, await auditKey(env.QMOI_PREFIX));
  return createAuthorizer({ keys: new Keys(ports), audit, clock: ports.clock, shared: new SharedFailures(ports) });
};

/** Finds out who calls, for the gateway. */
export const handler = async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
  opened ??= open();
  return (await opened)(event);
};
