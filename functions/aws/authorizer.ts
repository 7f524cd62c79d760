import { AuditLog, Keys } from "@qmoi/runtime";
import { type Authorizer, type AuthorizerEvent, type AuthorizerResult, createAuthorizer } from "../authorizer/handler.ts";
import { auditKey } from "./audit-key.ts";
import { serve } from "./serve.ts";
import { openStore } from "./store.ts";

const { env, ...ports } = openStore();
let opened: Promise<Authorizer> | undefined;

const open = async (): Promise<Authorizer> => {
  const audit = new AuditLog(ports, await auditKey(env.QMOI_PREFIX));
  return createAuthorizer({ keys: new Keys(ports), audit, clock: ports.clock });
};

/** Finds out who calls, for the gateway. */
export const handler = serve(ports, async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
  opened ??= open();
  return (await opened)(event);
});
