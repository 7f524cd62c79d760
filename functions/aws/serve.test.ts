import { silentLogger } from "@qmoi/core";
import type { Context } from "aws-lambda";
import { expect, it, vi } from "vitest";
import { serve } from "./serve.ts";

const PROBE = { qmoi: "probe" };
const context = {} as Context;
const logger = { ...silentLogger, invoked: () => undefined } as never;

it("a function answers a probe once all is open that it works with, and does no work for it", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_VERSION", "7");
  const [handle, ready, refresh] = [vi.fn(async () => "worked" as unknown), vi.fn(async () => undefined), vi.fn(async () => undefined)];
  const handler = serve({ logger, configuration: { refresh } as never }, handle, ready);
  expect(await handler(PROBE, context)).toEqual({ qmoi: "well", version: "7" });
  expect([handle, ready, refresh].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1]);
  expect(await handler({ Records: [] }, context)).toBe("worked");
  expect([handle, ready, refresh].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 2]);
  vi.unstubAllEnvs();
});

it("a function that can't open what it works with fails a probe", async () => {
  const handler = serve(
    { logger },
    async () => undefined,
    async () => Promise.reject(new Error("no key")),
  );
  await expect(handler(PROBE as never, context)).rejects.toThrow("no key");
});
