import type { Json } from "@qmoi/core";
import { type Block, blockOf, invalid, packBlocks, unpackBlocks } from "../codec/blocks.ts";
import type { Binning } from "./binning.ts";
import { Forest, type ForestParts } from "./forest.ts";
import { firstSample, isLeaf, LAST, splitFeature } from "./nodes.ts";
import type { Feature } from "./samples.ts";

/** Names the layout of the nodes too: one that lay otherwise would answer, but wrongly. */
const KIND = "forest in blocks";

interface Header {
  readonly kind: typeof KIND;
  readonly features: readonly Feature[];
  /** The scale is a power of two and both are doubles: JSON keeps them exactly. */
  readonly offset: number;
  readonly scale: number;
}

/** Saves a forest as one buffer: 8 bytes a node, 2 a sample, and the tables of bins and levels. */
export const encodeForest = (forest: Forest): Uint8Array => {
  const { features, binning, roots, nodes, samples, levels, offset, scale } = forest.parts;
  const header: Header = { kind: KIND, features, offset, scale };
  return packBlocks(header, [roots, nodes, samples, levels, ...tablesOf(binning)]);
};

/**
 * Loads what `encodeForest` saved, and makes sure that every walk through it ends in a leaf.
 * @throws ValidationError QMOI_INVALID_INPUT
 */
export const decodeForest = (bytes: Uint8Array): Forest => {
  const { header, blocks } = unpackBlocks(bytes);
  const { features, offset, scale } = checkHeader(header);
  const parts: ForestParts = {
    features,
    binning: binningOf(features, blocks.slice(4)),
    roots: blockOf(blocks, 0, "Int32Array"),
    nodes: blockOf(blocks, 1, "Int32Array"),
    samples: blockOf(blocks, 2, "Uint16Array"),
    levels: blockOf(blocks, 3, "Float64Array"),
    offset,
    scale,
  };
  checkTrees(parts);
  return new Forest(parts);
};

/** The arrays of a binning, one a feature. */
export const tablesOf = (binning: Binning): Block[] => binning.map((bins) => (bins.kind === "numeric" ? bins.edges : bins.binOf));

/** The binning that `tablesOf` took apart. */
export const binningOf = (features: readonly Feature[], tables: readonly Block[]): Binning => {
  if (tables.length !== features.length) throw invalid("it has not one table a feature");
  return features.map(({ kind }, f) =>
    kind === "numeric" ? { kind, edges: blockOf(tables, f, "Float64Array") } : { kind, binOf: blockOf(tables, f, "Uint8Array") },
  );
};

const checkHeader = (json: Json): Header => {
  const header = json as Partial<Header> | null;
  const whole = header?.kind === KIND && Number.isFinite(header.offset) && Number.isFinite(header.scale);
  if (!whole || !isFeatureList(header.features)) throw invalid("its header is not a forest's");
  return header as Header;
};

/** Whether a header's list of features is one. */
export const isFeatureList = (features: unknown): features is Feature[] =>
  Array.isArray(features) &&
  features.every((feature) => typeof feature?.name === "string" && ["numeric", "categorical"].includes(feature.kind));

/** Children lie behind their parents, so that a walk can't run in circles. */
const checkTrees = ({ features, roots, nodes, samples, levels }: ForestParts): void => {
  const count = nodes.length >> 1;
  if (roots.length === 0 || roots.some((root) => root < 0 || root >= count)) throw invalid("a tree has no root");
  for (let node = 0; node < count; node++) {
    const word = nodes[node << 1] as number;
    const left = nodes[(node << 1) + 1] as number;
    if (isLeaf(word) ? firstSample(word) >= samples.length : splitFeature(word) >= features.length || left <= node || left + 1 >= count)
      throw invalid("a node points outside");
  }
  if (!isLeaf(nodes[(count - 1) << 1] as number)) throw invalid("its last node is not a leaf");
  if ((samples.at(-1) ?? 0) < LAST) throw invalid("its last leaf has no end");
  if (samples.some((sample) => (sample & (LAST - 1)) >= levels.length)) throw invalid("a sample has no level");
};
