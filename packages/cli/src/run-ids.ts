import { type Client, eachItem } from "@qmoi/client";
import { NotFoundError, QmoiError } from "@qmoi/core";

/** How many of the newest runs an abbreviation is looked for in. */
const LOOK_BACK = 10_000;

/** The id of a run given whole, by a unique prefix among the newest runs, or as `latest`. */
export const resolveRun = async (client: Client, given: string): Promise<string> => {
  if (given === "latest") {
    const [newest] = (await client.runs({ limit: 1 })).items;
    if (!newest) throw new NotFoundError("There is no run yet.", { remedy: "Start one with `qmoi run`." });
    return newest.run;
  }
  // Most often what is given is whole, or copied from a list of few.
  const whole = await client.run(given).then(
    (found) => found.run,
    () => undefined,
  );
  if (whole !== undefined) return whole;
  const matches: string[] = [];
  let seen = 0;
  for await (const { run } of eachItem((after) => client.runs({ limit: 1000, ...(after === undefined ? {} : { after }) }))) {
    if (run.startsWith(given)) matches.push(run);
    if (++seen >= LOOK_BACK) break;
  }
  const [only, ...others] = matches;
  if (only === undefined) throw new NotFoundError(`There is no run ${given}.`, { remedy: "See `qmoi runs`." });
  if (others.length > 0) {
    const some = matches.slice(0, 3).join(", ");
    throw new QmoiError("QMOI_USAGE", `${given} begins ${matches.length} runs: ${some}${others.length > 2 ? ", …" : ""}.`, {
      remedy: "Give more of the id.",
    });
  }
  return only;
};
