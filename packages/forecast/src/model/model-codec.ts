import { type Block, blockOf, invalid } from "../codec/blocks.ts";
import { joinLists, ListReader } from "../codec/number-lists.ts";
import { isFeatureList } from "../forest/codec.ts";
import type { RegressorEngine } from "../forest/engine.ts";
import type { Feature } from "../forest/samples.ts";
import { Reservoir } from "../stats/reservoir.ts";
import { History } from "./history.ts";
import { POOLED, QuantityModel } from "./quantity-model.ts";
import { type SavedSubjects, SubjectEffects } from "./subject-effects.ts";
import { Track } from "./track.ts";

/** What a saved model says of itself as JSON. */
export interface ModelHeader {
  readonly levels: readonly string[];
  readonly features: readonly Feature[];
  /** By level, in the order of their numbers. */
  readonly names: readonly (readonly string[])[];
  readonly codes: readonly (readonly [string, number])[];
  readonly persistence: number;
  readonly slope: number;
  /** Absent in what was saved before they were learned. */
  readonly subjects?: SavedSubjects;
}

/** Blocks that a model takes: its numbers, then its regressor's bytes, none without one. */
export const MODEL_BLOCKS = 2;

export const encodeModel = (model: QuantityModel): { header: ModelHeader; blocks: Block[] } => {
  const profiles = model.profiles.flatMap((ofLevel) => [...ofLevel.values()]);
  const lists = [
    model.declaredRatios.save(),
    ...model.pools.flatMap((pool) => pool.save()),
    ...profiles.flatMap(({ history, track }) => [...history.save(), ...track.save()]),
  ];
  const names = model.profiles.map((ofLevel) => [...ofLevel.keys()]);
  const { levels, features, codes, persistence, slope } = model;
  const header = { levels, features, names, codes: [...codes], persistence, slope, subjects: model.subjects.save() };
  return { header, blocks: [joinLists(lists), model.regressor?.save() ?? new Uint8Array()] };
};

/**
 * The model that `encodeModel` took apart.
 * @throws ValidationError QMOI_INVALID_INPUT
 */
export const decodeModel = (header: unknown, blocks: readonly Block[], engine: RegressorEngine): QuantityModel => {
  if (!isHeader(header)) throw invalid("its header is not a model's");
  const model = new QuantityModel(header.levels, header.features);
  const lists = new ListReader(blockOf(blocks, 0, "Float64Array"));
  const historyLists = new History().save().length;
  const trackLists = new Track().save().length;
  model.declaredRatios = Reservoir.load(POOLED, lists.take(1)[0] ?? []);
  model.pools = header.levels.map(() => Track.load(lists.take(trackLists), POOLED));
  header.names.forEach((names, level) => {
    for (const name of names) {
      const history = History.load(lists.take(historyLists));
      model.profiles[level]?.set(name, { history, track: Track.load(lists.take(trackLists)) });
    }
  });
  for (const [name, code] of header.codes) model.codes.set(name, code);
  model.persistence = header.persistence;
  model.slope = header.slope;
  model.subjects = SubjectEffects.load(header.subjects ?? []);
  const bytes = blockOf(blocks, 1, "Uint8Array");
  if (bytes.length > 0) model.regressor = engine.load(bytes);
  return model;
};

const isHeader = (header: unknown): header is ModelHeader => {
  const {
    levels,
    features,
    names,
    codes,
    persistence,
    slope,
    subjects = [],
  } = (header ?? {}) as Partial<Record<keyof ModelHeader, unknown>>;
  const isNames = (list: unknown): boolean => Array.isArray(list) && list.every((name) => typeof name === "string");
  const numbers = [persistence, slope].every((value) => typeof value === "number");
  return (
    numbers &&
    isNames(levels) &&
    isFeatureList(features) &&
    Array.isArray(names) &&
    names.every(isNames) &&
    [codes, subjects].every(Array.isArray)
  );
};
