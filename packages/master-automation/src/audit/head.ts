import { createHmac, timingSafeEqual } from "node:crypto";
import type { ChainEnd } from "./chain.ts";

/** The end of the chain at some time, signed, to be kept where whoever can write the table can't. */
export interface SignedHead extends ChainEnd {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly signature: string;
}

const signatureOf = (key: Uint8Array, { seq, hash }: ChainEnd, at: number): string =>
  createHmac("sha256", key).update(`qmoi audit head\n${seq}\n${hash}\n${at}`).digest("base64url");

export const signHead = (key: Uint8Array, { seq, hash }: ChainEnd, at: number): SignedHead => ({
  seq,
  hash,
  at,
  signature: signatureOf(key, { seq, hash }, at),
});

export const isSigned = (key: Uint8Array, head: SignedHead): boolean => {
  const given = Buffer.from(head.signature);
  const own = Buffer.from(signatureOf(key, head, head.at));
  return given.length === own.length && timingSafeEqual(given, own);
};

/** A head as it was written; undefined if it is none. */
export const parseHead = (text: string): SignedHead | undefined => {
  try {
    const { seq, hash, at, signature } = JSON.parse(text) as Partial<SignedHead>;
    if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(at) || typeof hash !== "string" || typeof signature !== "string")
      return undefined;
    return { seq: seq as number, hash, at: at as number, signature };
  } catch {
    return undefined;
  }
};
