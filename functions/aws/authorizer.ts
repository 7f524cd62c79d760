import { once } from "@qmoi/adapters/aws";
import { AuditLog, Keys, SharedFailures } from "@qmoi/runtime";
import { type AuthorizerEvent, type AuthorizerResult, createAuthorizer } from "../authorizer/handler.ts";
import { auditKey } from "./audit-key.ts";
import { serve } from "./serve.ts";
import { openTable } from "./store.ts";

const { env, ...ports } = openTable();

const open = once(async () => {
  const audit = new AuditLog(ports, await auditKey(env.QMOI_PREFIX));
  const authorize = createAuthorizer({ keys: new Keys(ports), audit, clock: ports.clock, shared: new SharedFailures(ports) });
  return { authorize, audit };
});

/** Finds out who calls, for the gateway. */
export const handler = serve(
  ports,
  async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
    const { authorize, audit } = await open();
    const result = await authorize(event);
    // A function stands still between its calls: what is recorded of a denial is stored now.
    await audit.settled();
    return result;
  },
  open,
);
