import { appendFileSync } from "node:fs";
import { describe } from "vitest";

/**
 * A suite that needs what not every machine has (Java, Python, a database). Where that is missing the suite does not run, and `npm test`
 * names it in its last lines; `.ci/run` fails then.
 *
 * @example suite("DynamoTable on DynamoDB Local", hasJava ? undefined : "Java 17 was not found", () => { it("…", …) });
 * @param missing why it can't run here; undefined where it can
 */
export const suite = (name: string, missing: string | undefined, body: () => void): void => {
  if (missing === undefined) {
    describe(name, body);
    return;
  }
  const list = process.env.QMOI_SUITES_NOT_RUN;
  if (list) appendFileSync(list, `${name}: ${missing}\n`);
  describe.runIf(false)(`${name} (${missing})`, body);
};
