import { type Grant, type Grants, grantKey } from "@qmoi/advanced-automation";

/** Base of the numbers: as short as digits and letters allow. */
const BASE = 36;

/**
 * Live grants as a text, in their order: run, task, attempt, slots, expiry, and a nonce where the task has other limiters too; run and expiry
 * only where they differ from the one before. A list would take three times as many bytes: each grant is written once and read once, and a
 * write costs by the KB.
 */
export const grantsText = (grants: Iterable<Grant>): string => {
  let lastRun = "";
  let lastExpiry = Number.NaN;
  let text = "";
  for (const { run, task, attempt, slots, expiry, nonce } of grants) {
    if (text !== "") text += ";";
    if (run !== lastRun) text += run;
    text += expiry === lastExpiry ? "," : `,${expiry.toString(BASE)}`;
    text += `,${task.toString(BASE)},${attempt.toString(BASE)},${slots.toString(BASE)}`;
    if (nonce !== undefined) text += `,${nonce.toString(BASE)}`;
    lastRun = run;
    lastExpiry = expiry;
  }
  return text;
};

/** As data of schema 2 has it: run, task, attempt, slots, expiry, nonce. */
type Listed = readonly [string, number, number, number, number, number?];

const grantOf = ([run, task, attempt, slots, expiry, nonce]: Listed): Grant =>
  nonce === undefined ? { run, task, attempt, slots, expiry } : { run, task, attempt, slots, expiry, nonce };

/** The grants of a text; or of a list, which an update still has to bring along. */
export const grantsOf = (text: string | readonly Listed[]): Grants => {
  if (typeof text !== "string") return byKey(text.map(grantOf));
  let [run, expiry] = ["", 0];
  const grants = (text === "" ? [] : text.split(";")).map((part) => {
    const [ownRun, ownExpiry, ...numbers] = part.split(",");
    run = ownRun || run;
    expiry = ownExpiry ? Number.parseInt(ownExpiry, BASE) : expiry;
    const [task = 0, attempt = 0, slots = 0, nonce] = numbers.map((n) => Number.parseInt(n, BASE));
    return grantOf([run, task, attempt, slots, expiry, nonce]);
  });
  return byKey(grants);
};

const byKey = (grants: readonly Grant[]): Grants => new Map(grants.map((grant) => [grantKey(grant), grant]));
