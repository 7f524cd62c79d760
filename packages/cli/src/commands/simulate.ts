import type { Command } from "commander";
import { type Cli, type CommonOptions, newCommand } from "../cli.ts";
import { collect, wholeNumber } from "../options.ts";
import { simulateFaults } from "../simulate/faults.ts";

export interface SimulateOptions extends CommonOptions {
  readonly seeds?: number;
  readonly seed?: number;
  readonly faults?: string;
  readonly workflow?: readonly string[];
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly slots?: number;
  readonly tasks?: number;
  readonly most?: number;
  readonly people: boolean;
  readonly trace?: boolean;
}

export const simulateCommand = (cli: Cli): Command =>
  newCommand({
    usage: "simulate",
    summary: "live through seeded worlds in which everything goes wrong, and check that no invariant breaks",
    details:
      "The engine itself runs in virtual time on a table in memory: two engines and four workers that crash, stores that throttle, lose answers and\nlag, clocks that jump, work that hangs and lies. One seed decides everything, so a seed that fails fails again.\nExit code 0 if every invariant held, 1 if one broke.",
    examples: [
      ["qmoi simulate --seeds 1000", "a thousand worlds with generated workflows"],
      ["qmoi simulate --seed 7 --trace", "one world, with everything that happens in it"],
      ["qmoi simulate --seeds 200 --faults crash,throttled=0.05", "only crashes, and a table that throttles each 20th call"],
      ["qmoi simulate --seeds 200 --workflow etl.json@0,10,10", "your own workflow, started at these seconds"],
    ],
  })
    .option("--seeds <n>", "so many worlds, from seed 1 on (default: 100)", wholeNumber(1, 10_000_000))
    .option("--seed <n>", "the world of this seed; with --seeds the first one", wholeNumber(0, 1_000_000_000))
    .option(
      "--faults <list>",
      "only these, separated by commas: names, families (crash, feed, hint, executor, clock), name=rate, or `none`",
    )
    .option("--workflow <file>", "a workflow of your own or a WfFormat instance, with @seconds,… of its runs; repeat for more", collect)
    .option("--input <name=value>", "an input of the workflows' runs (JSON if it parses, else text); repeat for more", collect)
    .option("--inputs <file>", "JSON file of inputs")
    .option("--slots <n>", "slots of the default pool; drawn by the seed otherwise", wholeNumber(1, 100_000))
    .option("--tasks <n>", "least tasks of a generated world (default: 40)", wholeNumber(1, 100_000))
    .option("--most <n>", "after so many faults no more happen", wholeNumber(0, 10_000_000))
    .option("--no-people", "nobody cancels, pauses, stops or looks")
    .option("--trace", "print everything that happens in the world of --seed")
    .action((options: SimulateOptions) => simulateFaults(cli, options));
