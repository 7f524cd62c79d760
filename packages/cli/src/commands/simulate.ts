import { QmoiError } from "@qmoi/core";
import { POLICIES } from "@qmoi/simulator";
import { type Command, Option } from "commander";
import { type Cli, type CommonOptions, newCommand } from "../cli.ts";
import { collect, wholeNumber } from "../options.ts";
import { simulateFaults } from "../simulate/faults.ts";
import { simulateWhatIf } from "../simulate/what-if.ts";

export interface SimulateOptions extends CommonOptions {
  readonly seeds?: number;
  readonly seed?: number;
  readonly faults?: string;
  readonly workflow?: readonly string[];
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly slots?: readonly number[];
  readonly pool?: readonly string[];
  readonly policy?: string;
  readonly history?: number;
  readonly svg?: string;
  readonly html?: string;
  readonly tasks?: number;
  readonly most?: number;
  readonly people: boolean;
  readonly trace?: boolean;
}

export const simulateCommand = (cli: Cli): Command =>
  newCommand({
    usage: "simulate",
    summary:
      "live through seeded worlds in which everything goes wrong, or ask how your work would go with other pools or in another order",
    details:
      "The engine itself runs in virtual time on a table in memory: two engines and four workers that crash, stores that throttle, lose answers and\nlag, clocks that jump, work that hangs and lies. One seed decides everything, so a seed that fails fails again.\nExit code 0 if every invariant held, 1 if one broke.\n\nWith --workflow or --history and none of --seeds, --seed and --faults it answers what if: the same runs, played by the scheduler's own policies\nthrough pools of other sizes and in other orders, without the engine and its faults. Tasks take what they took, or what their estimate says.",
    examples: [
      ["qmoi simulate --seeds 1000", "a thousand worlds with generated workflows"],
      ["qmoi simulate --seed 7 --trace", "one world, with everything that happens in it"],
      ["qmoi simulate --seeds 200 --faults crash,throttled=0.05", "only crashes, and a table that throttles each 20th call"],
      ["qmoi simulate --seeds 200 --workflow etl.json@0,10,10", "your own workflow, started at these seconds"],
      [
        "qmoi simulate --history --slots 8,16 --policy fair,workflow-fifo",
        "what if: the runs on record, by each policy, with 8 and 16 slots",
      ],
      ["qmoi simulate --workflow etl.json@0,60 --slots 4 --html etl.html", "what if: two runs of a file, with a picture of who ran when"],
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
    .addOption(
      new Option("--history [runs]", "what if: so many of the newest runs that have ended (100 without a number)")
        .preset("100")
        .argParser(wholeNumber(1, 100_000)),
    )
    .option("--slots <list>", "slots of the default pool; for what if several, separated by commas", slotsList)
    .option("--pool <name=slots>", "what if: slots of another pool; repeat for more", collect)
    .option("--policy <list>", `the order of work, for what if several: ${POLICIES.map(({ name }) => name).join(", ")}`)
    .option("--svg <file>", "what if: write a picture of who ran when")
    .option("--html <file>", "what if: write a page with the figures and the picture")
    .option("--tasks <n>", "least tasks of a generated world (default: 40)", wholeNumber(1, 100_000))
    .option("--most <n>", "after so many faults no more happen", wholeNumber(0, 10_000_000))
    .option("--no-people", "nobody cancels, pauses, stops or looks")
    .option("--trace", "print everything that happens in the world of --seed")
    .action((options: SimulateOptions) => (isWhatIf(options) ? simulateWhatIf(cli, options) : simulateFaults(cli, options)));

const slotsList = (value: string): readonly number[] => value.split(",").map(wholeNumber(1, 100_000));

const isWhatIf = (options: SimulateOptions): boolean => {
  const world = ["seeds", "seed", "faults", "tasks", "most", "trace"] as const;
  const named = world.find((name) => options[name] !== undefined) ?? (options.people ? undefined : "no-people");
  const asked = (["history", "pool", "svg", "html"] as const).find((name) => options[name] !== undefined);
  if (asked !== undefined && named !== undefined)
    throw new QmoiError("QMOI_USAGE", `--${asked} is for what if, --${named} for worlds with faults.`, {
      path: `--${asked}`,
      remedy: "Ask for one of them.",
    });
  if (asked !== undefined && options.history === undefined && !options.workflow)
    throw new QmoiError("QMOI_USAGE", `--${asked} is for what if: nothing says what to play.`, {
      path: `--${asked}`,
      remedy: "Add --workflow <file> or --history.",
    });
  return named === undefined && (options.history !== undefined || options.workflow !== undefined);
};
