import middy from "@middy/core";
import { type EmfMetrics, type FunctionLogger, isProbe, type Probed, probed } from "@qmoi/adapters/aws";
import type { FreshConfiguration } from "@qmoi/runtime";
import type { Context } from "aws-lambda";

/** What an invocation is served with; a function has what it needs. */
export interface Served {
  readonly logger: FunctionLogger;
  readonly metrics?: EmfMetrics;
  readonly configuration?: FreshConfiguration;
}

/**
 * The one place where middleware is put around a function: its lines name the invocation, settings are fresh, and figures are told once.
 * `ready`: opens what the function works with, so that a probe of an update finds what is wrong with it.
 */
export const serve = <Event, Result>(
  { logger, metrics, configuration }: Served,
  handle: (event: Event, context: Context) => Promise<Result>,
  ready: () => Promise<unknown> = async () => undefined,
): ((event: Event, context: Context) => Promise<Result>) => {
  const tell = async (): Promise<void> => metrics?.flush();
  const around: middy.MiddlewareObj<Event, Result> = {
    before: async ({ context }) => {
      logger.invoked(context);
      await configuration?.refresh();
    },
    after: tell,
    onError: async ({ error }) => {
      logger.log("error", "invocation failed", { error });
      metrics?.add("FailedInvocations", 1);
      await tell();
    },
  };
  return middy<Event, Result>()
    .use(around)
    .handler(async (event, context) => {
      if (!isProbe(event)) return handle(event, context);
      await ready();
      return probed() as Result & Probed;
    });
};
