import { AuditLog, Keys, SharedFailures } from "@qmoi/runtime";
import { type Authorizer, type AuthorizerEvent, type AuthorizerResult, createAuthorizer } from "../authorizer/handler.ts";
import { auditKey } from "./audit-key.ts";
import { serve } from "./serve.ts";
import { openTable } from "./store.ts";

const { env, ...ports } = openTable();
let opened: Promise<{ readonly authorize: Authorizer; readonly audit: AuditLog }> | undefined;

const open = async () => {
  const audit = new AuditLog(ports, await auditKey(env.QMOI_PREFIX));
  const authorize = createAuthorizer({ keys: new Keys(ports), audit, clock: ports.clock, shared: new SharedFailures(ports) });
  return { authorize, audit };
};

/** Finds out who calls, for the gateway. */
export const handler = serve(ports, async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
  opened ??= open();
  const { authorize, audit } = await opened;
  const result = await authorize(event);
  // A function stands still between its calls: what is recorded of a denial is stored now.
  await audit.settled();
  return result;
});
