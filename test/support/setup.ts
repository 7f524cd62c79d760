import { configureGlobal } from "fast-check";

/** One seed for all random tests of a run: `npm test` chooses and prints it, and setting QMOI_SEED replays it. */
const seed = Number(process.env.QMOI_SEED);
if (process.env.QMOI_SEED !== undefined && Number.isSafeInteger(seed)) configureGlobal({ seed });
