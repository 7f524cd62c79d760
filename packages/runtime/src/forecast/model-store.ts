import { type Item, Late, sha256 } from "@qmoi/core";
import type { Forecaster, HeldBackScore, TrainingOutcome } from "@qmoi/forecast";
import { keys, unchanged } from "../items.ts";
import type { Ports } from "../ports.ts";

/** Says which forecaster is in force. Times in ms. */
export interface ModelPointer extends Item {
  /** Counts promotions. */
  readonly n: number;
  /** Blob that holds it, and the SHA-256 of its bytes. */
  readonly blob: string;
  readonly hash: string;
  readonly at: number;
  readonly engine: string;
  /** Records that it has learned from, those included that it was first judged by. */
  readonly records: number;
  readonly heldBack: number;
  /** Tasks that had succeeded by then on the day of its training (UTC): what is new since is told from the statistics. */
  readonly today: number;
  /** On the history held back at its training, and what was in force until then. */
  readonly score: HeldBackScore & Item["score"];
  readonly before?: HeldBackScore & Item["before"];
  /** The latest training after it, which was no better: what it saw need not be learned from again. */
  readonly tried?: Pick<ModelPointer, "at" | "engine" | "today"> & Item["tried"];
}

/** A forecaster that is in force. */
export interface Model {
  readonly pointer: ModelPointer;
  readonly forecaster: Forecaster;
}

/** Blobs kept besides the one in force, the latest ones: a reader may be about to load them. */
const KEPT = 2;
const PREFIX = "forecasts/";

type Stores = Pick<Ports, "table" | "blobs">;

export const readPointer = async ({ table }: Stores): Promise<ModelPointer | undefined> =>
  (await table.get(keys.forecaster)) as ModelPointer | undefined;

/**
 * The forecaster that a pointer names.
 * @throws ValidationError QMOI_INVALID_INPUT if its bytes are missing, not those that were stored, or not readable
 */
export const loadModel = async (stores: Stores, pointer: ModelPointer): Promise<Model> => {
  const bytes = await loadBytes(stores, pointer);
  return { pointer, forecaster: await forecasterOf(bytes) };
};

/** The bytes that a pointer names; checked against its hash. */
export const loadBytes = async ({ blobs }: Stores, { blob, hash }: ModelPointer): Promise<Uint8Array> => {
  const bytes = await blobs.get(blob);
  if (!bytes || sha256(bytes) !== hash)
    throw new Error(`The forecaster in ${blob} is ${bytes ? "not the one that was stored" : "missing"}.`);
  return bytes;
};

/** What stored forecasters are read by. */
export const forecasters = /* @__PURE__ */ new Late("Forecasters", () => import("@qmoi/forecast/forecaster"));

const forecasterOf = async (bytes: Uint8Array): Promise<Forecaster> => {
  const { Forecaster, histogramForest, libraryModels } = await forecasters.load();
  return Forecaster.load(bytes, [histogramForest, libraryModels]);
};

/**
 * Stores a forecaster and lets the pointer name it, if the pointer is still as it was read: of two trainings that end together one counts.
 * Errors: QMOI_CONFLICT.
 */
export const promote = async (
  { table, blobs }: Stores,
  read: ModelPointer | undefined,
  outcome: TrainingOutcome & { readonly bytes: Uint8Array },
  facts: Pick<ModelPointer, "engine" | "at" | "today">,
): Promise<ModelPointer> => {
  const n = (read?.n ?? 0) + 1;
  const hash = sha256(outcome.bytes);
  const blob = `${PREFIX}${String(n).padStart(8, "0")}-${hash.slice(0, 16)}.bin`;
  await blobs.put(blob, outcome.bytes);
  const pointer: ModelPointer = {
    ...keys.forecaster,
    v: (read?.v ?? 0) + 1,
    n,
    blob,
    hash,
    ...facts,
    records: outcome.trained + outcome.heldBack,
    heldBack: outcome.heldBack,
    score: { ...outcome.score },
    ...(outcome.current ? { before: { ...outcome.current } } : {}),
  };
  await replace(table, read, pointer);
  return pointer;
};

/** Notes a training that was no better than what is in force. Errors: QMOI_CONFLICT. */
export const noteTried = ({ table }: Stores, read: ModelPointer, tried: NonNullable<ModelPointer["tried"]>): Promise<void> =>
  replace(table, read, { ...read, v: read.v + 1, tried });

const replace = async (table: Stores["table"], read: ModelPointer | undefined, pointer: ModelPointer): Promise<void> => {
  await table.put(pointer, { when: unchanged("forecast.promote", read) });
};

/** Deletes forecasters that are in force no more, but for the latest. */
export const forget = async ({ blobs }: Stores, pointer: ModelPointer): Promise<void> => {
  const old = (await blobs.list(PREFIX)).filter(({ key }) => key < pointer.blob);
  for (const { key } of old.slice(0, Math.max(0, old.length - KEPT))) await blobs.delete(key);
};
