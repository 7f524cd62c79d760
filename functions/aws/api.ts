import { once } from "@qmoi/adapters/aws";
import { CHECKS } from "@qmoi/config";
import { Idempotency, Keys, Providers } from "@qmoi/runtime";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type ApiEvent, type ApiHandler, createApi } from "../api/handler.ts";
import { openedLate } from "./opened-late.ts";
import { openPlane } from "./plane.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";
import { VERSION } from "./version.ts";

const system = openCloud({ checks: CHECKS, training: ownTraining });

interface OpenApi {
  readonly answer: ApiHandler;
  readonly pass: () => Promise<void>;
}

const open = once(async (): Promise<OpenApi> => {
  const { ports } = system;
  const opened = await openPlane(system);
  // Most requests give no command, and look at no backup.
  const master = once(async () => (await import("./commands.ts")).openCommands(system, opened));
  const services = {
    ...opened,
    commands: openedLate(async () => (await master()).commands),
    backups: openedLate(async () => (await master()).backups),
    keys: new Keys(ports),
    providers: new Providers(ports, () => opened.configuration.current()),
    idempotency: new Idempotency(ports),
  };
  const { logger, clock } = ports;
  const answer = createApi({ plane: opened.plane, services, version: VERSION, logger, now: () => clock.now() });
  return { answer, pass: async () => (await master()).pass() };
});

/** Answers a request that the gateway's authorizer let through. */
export const handler = serve(
  system,
  async (event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const { answer, pass } = await open();
    const result = await answer(event);
    const { method, path } = event.requestContext.http;
    // A command that was taken begins now, and not only with the next tick.
    if (method === "POST" && path.startsWith("/v1/commands")) await pass().catch(() => undefined);
    return result;
  },
  open,
);
