import { readDocument } from "@qmoi/config/validate";
import { workflowSchema } from "@qmoi/config/workflow";
import { afterAll, describe, expect, it } from "vitest";
import { type FuzzTarget, fuzz, renderReport, Unjustified } from "./fuzz.ts";
import { closeApi, targets } from "./targets/index.ts";
import { schedules } from "./targets/schedules.ts";
import { workflows } from "./targets/workflows.ts";

const SEED = Number(process.env.QMOI_SEED ?? 1);
const INPUTS = 5_000;

afterAll(closeApi);

describe("bad input", () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    "to %s gives a coded error, or was right to accept",
    async (_, target) => {
      const report = await fuzz(target, Math.ceil(INPUTS / targets.length), SEED);
      expect(report.findings, renderReport(report)).toEqual([]);
      expect(report.mutated).toBeGreaterThan(report.inputs / 2);
      expect(report.accepted).toBeGreaterThan(0);
      expect(report.codes.size).toBeGreaterThan(0);
    },
  );

  const faulty = (parts: Partial<FuzzTarget>): FuzzTarget => ({
    name: "t",
    mutate: () => ({ input: "x", from: "y" }),
    invent: () => "z",
    run: () => undefined,
    justify: () => "fine",
    ...parts,
  });

  it.each([
    [
      "a crash",
      faulty({
        run: () => {
          throw new TypeError("no coded error");
        },
      }),
      "not a coded error",
    ],
    [
      "an acceptance that was wrong",
      faulty({
        justify: () => {
          throw new Unjustified("it is wrong");
        },
      }),
      "accepted, though it is wrong",
    ],
  ])("is found where it does harm: %s", async (_, target, what) => {
    const { findings } = await fuzz(target, 10, SEED);
    expect(findings).toHaveLength(10);
    expect(findings[0]?.what).toContain(what);
  });

  it.each<[string, FuzzTarget, RegExp]>([
    ["JSON.parse", { ...workflows, run: (input) => void JSON.parse(input) }, /a key is given twice|nested too deep|its schema refuses it/],
    ["the schema alone", { ...workflows, run: (input) => void readDocument(workflowSchema, input) }, /is no task|two tasks have one name/],
    ["no check of schedules", { ...schedules, run: () => undefined }, /no value of a field|no schedule/],
  ])("would be found if it met %s", async (_, target, what) => {
    const { findings } = await fuzz(target, 300, SEED);
    expect(
      findings.some((finding) => what.test(finding.what)),
      findings[0]?.what,
    ).toBe(true);
  });

  it("is the same for the same seed", async () => {
    const inputs: string[][] = [[], []];
    for (const run of inputs) await fuzz({ ...targets[0]!, run: (input) => void run.push(input) }, 50, SEED);
    expect(inputs[0]).toEqual(inputs[1]);
  });
});
