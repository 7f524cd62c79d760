import { blockOf, invalid, packBlocks, unpackBlocks } from "../codec/blocks.ts";
import { quantileOf } from "../stats/quantile.ts";
import { type Binning, binOf } from "./binning.ts";
import { binningOf, isFeatureList, tablesOf } from "./codec.ts";
import type { Regressor, RegressorEngine } from "./engine.ts";
import type { Feature } from "./samples.ts";

/** A node of a tree as the library ml-random-forest writes it: a leaf's value, or where its rows part. */
interface LibraryNode {
  readonly distribution?: number;
  readonly splitColumn?: number;
  readonly splitValue?: number;
  readonly left?: LibraryNode;
  readonly right?: LibraryNode;
}

/** What is read of the forest that the library writes. */
export interface LibraryForest {
  readonly baseModel: {
    /** By tree, the columns that it was given. */
    readonly indexes: readonly (readonly number[])[];
    readonly estimators: readonly { readonly root: LibraryNode }[];
  };
}

/** A forest of the library with what turns features into its columns. */
export interface LibraryParts {
  readonly features: readonly Feature[];
  readonly binning: Binning;
  readonly forest: LibraryForest;
  /** Out-of-bag errors, ascending. */
  readonly errors: Float64Array;
}

const KIND = "ml-random-forest";

/** The mean of the trees, summed in the library's order. */
const predicted = ({ baseModel: { estimators, indexes } }: LibraryForest, row: readonly number[]): number => {
  let sum = 0;
  for (const [tree, { root }] of estimators.entries()) {
    const columns = indexes[tree] as readonly number[];
    let node = root;
    while (node.left && node.right) {
      const value = row[columns[node.splitColumn as number] as number] as number;
      node = value < (node.splitValue as number) ? node.left : node.right;
    }
    sum += node.distribution ?? Number.NaN;
  }
  return sum / estimators.length;
};

export const libraryRegressor = (parts: LibraryParts): Regressor => {
  const { features, binning, forest, errors } = parts;
  const predict = (row: ArrayLike<number>): number =>
    predicted(
      forest,
      binning.map((bins, f) => binOf(bins, row[f] ?? Number.NaN)),
    );
  const regressor: Regressor = {
    predict,
    quantiles: (row, probabilities) => {
      const mean = predict(row);
      return Float64Array.from(probabilities, (p) => mean + (errors.length > 0 ? quantileOf(errors, p) : 0));
    },
    refresh: () => regressor,
    save: () => packBlocks({ kind: KIND, features, model: forest }, [errors, ...tablesOf(binning)]),
  };
  return regressor;
};

const isForest = (model: unknown): model is LibraryForest => {
  const { indexes, estimators } = (model as Partial<LibraryForest> | undefined)?.baseModel ?? {};
  return Array.isArray(indexes) && Array.isArray(estimators) && estimators.length > 0 && estimators.every((tree) => tree?.root);
};

/** Reads what the library has learned, without the library: it is large, and most only read. */
export const libraryModels: RegressorEngine = {
  name: KIND,
  train: () => {
    throw new Error("Only the library itself learns: use mlRandomForest.");
  },
  load: (bytes) => {
    const { header, blocks } = unpackBlocks(bytes);
    const { features, model } = (header ?? {}) as { features?: unknown; model?: unknown };
    if (!isFeatureList(features) || !isForest(model)) throw invalid("its header is not of ml-random-forest");
    return libraryRegressor({
      features,
      binning: binningOf(features, blocks.slice(1)),
      forest: model,
      errors: blockOf(blocks, 0, "Float64Array"),
    });
  },
};
