import type { Call } from "./route.ts";

/** The key under which the request is to be done once; undefined without one. Errors: QMOI_INVALID_INPUT. */
export const keyOf = async (headers: Call<never, never>["headers"]): Promise<string | undefined> => {
  const given = headers["idempotency-key"];
  if (given === undefined) return undefined;
  const [{ check }, { idempotencyKey }] = await Promise.all([import("./check.ts"), import("./schemas.ts")]);
  return check(idempotencyKey, given, "headers");
};
