import { type Json, ValidationError } from "@qmoi/core";

/** Arrays that a block can hold. Numbers lie little-endian, as on every platform that Node runs on. */
export type Block = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;
const KINDS = { Uint8Array, Uint16Array, Int32Array, Float32Array, Float64Array } as const;
type Kind = keyof typeof KINDS;

/** "QMFB" and the version of this layout. */
const MAGIC = 0x42464d51;
const VERSION = 2;
const HEAD = 16;

/**
 * Packs a header and arrays into one buffer: magic, version, header bytes and a check sum of all that follows as 32-bit words,
 * the header as JSON, then each array from a multiple of 8.
 */
export const packBlocks = (header: object, blocks: readonly Block[]): Uint8Array => {
  const shapes = blocks.map((block) => [kindOf(block), block.length]);
  const text = new TextEncoder().encode(JSON.stringify({ header, blocks: shapes }));
  let size = align(HEAD + text.length);
  for (const block of blocks) size = align(size + block.byteLength);
  const bytes = new Uint8Array(size);
  bytes.set(text, HEAD);
  let at = align(HEAD + text.length);
  for (const block of blocks) {
    bytes.set(new Uint8Array(block.buffer, block.byteOffset, block.byteLength), at);
    at = align(at + block.byteLength);
  }
  new Uint32Array(bytes.buffer, 0, 4).set([MAGIC, VERSION, text.length, checkSum(bytes)]);
  return bytes;
};

/**
 * The header and arrays that `packBlocks` was given; copies, so that the buffer may go.
 * @throws ValidationError QMOI_INVALID_INPUT if the buffer is not of this layout or is cut off
 */
export const unpackBlocks = (bytes: Uint8Array): { header: Json; blocks: readonly Block[] } => {
  if (bytes.length < HEAD) throw invalid("it is too short");
  const [magic, version, textLength = 0, sum] = new Uint32Array(copyOf(bytes, 0, HEAD));
  if (magic !== MAGIC) throw invalid("it does not begin as one");
  if (version !== VERSION) throw invalid(`its layout is version ${version}, this program reads ${VERSION}`);
  if (checkSum(bytes) !== sum || HEAD + textLength > bytes.length) throw invalid("it is damaged");
  const { header, shapes } = parseHeader(bytes.subarray(HEAD, HEAD + textLength));
  let at = align(HEAD + textLength);
  const blocks = shapes.map(([kind, length]) => {
    const size = length * KINDS[kind].BYTES_PER_ELEMENT;
    if (at + size > bytes.length) throw invalid("it is cut off");
    const block = new KINDS[kind](copyOf(bytes, at, at + size));
    at = align(at + size);
    return block;
  });
  return { header, blocks };
};

/** A part of its own; the `slice` of a Buffer would be a view of all that it was read with. */
const copyOf = (bytes: Uint8Array, from: number, to: number): ArrayBuffer => new Uint8Array(bytes.subarray(from, to)).buffer;

/** One block of a kind, or an error that says what is wrong. */
export const blockOf = <K extends Kind>(blocks: readonly Block[], index: number, kind: K): InstanceType<(typeof KINDS)[K]> => {
  const block = blocks[index];
  if (!(block instanceof KINDS[kind])) throw invalid(`block ${index} is not a ${kind}`);
  return block as InstanceType<(typeof KINDS)[K]>;
};

/** The error for a buffer that is not a saved model. */
export const invalid = (why: string): ValidationError =>
  new ValidationError("QMOI_INVALID_INPUT", `The buffer is not a saved forecast model: ${why}.`, {
    remedy: "Train again, or pass the file that training wrote.",
  });

const parseHeader = (text: Uint8Array): { header: Json; shapes: readonly [Kind, number][] } => {
  let parsed: { header?: Json; blocks?: unknown };
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw invalid("its header is not JSON");
  }
  if (!Array.isArray(parsed?.blocks) || !parsed.blocks.every(isShape)) throw invalid("its header does not list its blocks");
  return { header: parsed.header ?? null, shapes: parsed.blocks };
};

/** FNV-1a over all that follows the head: finds any damage to one byte. */
const checkSum = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5;
  for (let i = HEAD; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
};

const isShape = (shape: unknown): shape is [Kind, number] =>
  Array.isArray(shape) && Object.hasOwn(KINDS, shape[0]) && Number.isSafeInteger(shape[1]) && shape[1] >= 0;
const kindOf = (block: Block): Kind => block.constructor.name as Kind;
const align = (at: number): number => (at + 7) & ~7;
