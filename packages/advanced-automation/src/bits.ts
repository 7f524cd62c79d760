/** What the frontier keeps of a task: four bits. A task that runs is still pending (or open) here: its attempt item says so. */
export const BIT = {
  /** Needs not known to be met; or met and without a gate, and so runnable. */
  pending: 0,
  /** Passed its gate (`when`, not-before), or to be tried again: runnable once its time has come. */
  open: 1,
  /** A forEach whose instances exist. */
  expanded: 2,
  /** Outcome of its attempt unknown: a person decides. */
  held: 3,
  succeeded: 8,
  failed: 9,
  skipped: 10,
  cancelled: 11,
} as const;
export type Bit = (typeof BIT)[keyof typeof BIT];

export const isTerminal = (bit: number): boolean => bit >= BIT.succeeded;

/** Packs two tasks a byte, as base64: 2,000 tasks are 1,336 characters. Trailing zeros are left out. */
export const packBits = (bits: Uint8Array, from: number, to: number): string => {
  let end = to;
  while (end > from && bits[end - 1] === 0) end--;
  const bytes = new Uint8Array((end - from + 1) >> 1);
  for (let i = from; i < end; i++) {
    const at = (i - from) >> 1;
    bytes[at] = (bytes[at] ?? 0) | ((bits[i] ?? 0) << (((i - from) & 1) * 4));
  }
  return Buffer.from(bytes.buffer, 0, bytes.length).toString("base64");
};

/** The reverse of {@link packBits}: writes into `bits` from `from`; what the text doesn't reach is pending. */
export const unpackBits = (text: string, bits: Uint8Array, from: number, to: number): void => {
  const bytes = Buffer.from(text, "base64");
  for (let i = from; i < to; i++) {
    const byte = bytes[(i - from) >> 1] ?? 0;
    bits[i] = (byte >> (((i - from) & 1) * 4)) & 15;
  }
};
