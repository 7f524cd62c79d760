import { describe, expect, it } from "vitest";
import { bundled, FUNCTIONS, limitsOf } from "../bench/bundles/functions.ts";

/** What reads expressions, patterns, schemas and forecasts, and the clients of AWS: loaded by whoever first needs them. */
const LATE = /node_modules\/(@marcbachmann\/cel-js|re2js|ajv|ml-[a-z-]+|@aws-sdk\/client-[a-z-]+)\//;

describe("the functions' bundles", () => {
  it.each(FUNCTIONS)(
    "%s loads no more at its start than it may, and nothing that only some calls need",
    (name) => {
      const { startKb, startInputs } = bundled(name);
      expect(startInputs.length).toBeGreaterThan(10);
      expect(startInputs.filter((input) => LATE.test(input))).toEqual([]);
      expect(startKb).toBeLessThanOrEqual(limitsOf(name).kb);
    },
    60_000,
  );
});
