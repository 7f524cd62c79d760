import { Idempotency, Keys } from "@qmoi/runtime";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type ApiEvent, type ApiHandler, createApi } from "../api/handler.ts";
import { openCommands } from "./commands.ts";
import { serve } from "./serve.ts";
import { openCloud } from "./system.ts";
import { ownTraining } from "./training.ts";
import { VERSION } from "./version.ts";

const system = openCloud({ training: ownTraining });

interface OpenApi {
  readonly answer: ApiHandler;
  readonly pass: () => Promise<void>;
}

const open = async (): Promise<OpenApi> => {
  const { plane, commands, audit, records, configuration, backups, pass } = await openCommands(system);
  const { logger, clock } = system.ports;
  const { ports } = system;
  const services = { audit, records, commands, configuration, backups, keys: new Keys(ports), idempotency: new Idempotency(ports) };
  const answer = createApi({ plane, services, version: VERSION, logger, now: () => clock.now() });
  return { answer, pass };
};

let opened: Promise<OpenApi> | undefined;

/** Answers a request that the gateway's authorizer let through. */
export const handler = serve(system, async (event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> => {
  opened ??= open();
  const { answer, pass } = await opened;
  const result = await answer(event);
  const { method, path } = event.requestContext.http;
  // A command that was taken begins now, and not only with the next tick.
  if (method === "POST" && path.startsWith("/v1/commands")) await pass().catch(() => undefined);
  return result;
});
