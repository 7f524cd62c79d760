import { validate } from "@qmoi/config/validate";
import * as z from "zod";

/** Checks a part of the request against its schema; the error tells every problem with its JSON path. */
export const check = <S extends z.ZodType>(schema: S, value: unknown, where: "query" | "body" | "headers"): z.output<S> =>
  validate(z.object({ [where]: schema }), { [where]: value })[where] as z.output<S>;
