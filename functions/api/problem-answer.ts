import * as z from "zod";

/** Body of every error answer (RFC 9457, application/problem+json). `path`: the offender in the request or document. */
export const problemAnswer = z.strictObject({
  code: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  remedy: z.string(),
  path: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  requestId: z.string(),
});
export type Problem = z.output<typeof problemAnswer>;
