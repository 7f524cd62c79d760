/** What a backup's segments are encrypted and its manifest is signed with. */
export interface SegmentKey {
  readonly encrypt: Uint8Array;
  readonly sign: Uint8Array;
}

export interface SealOptions {
  /** Authenticated with the content: what was sealed under one name opens under no other. */
  readonly name: string;
  readonly key?: SegmentKey;
}

/** Compresses pieces of a backup and, with a key, encrypts them. */
export interface SegmentCodec {
  /** The key of one backup from a secret and its salt; slow on purpose. */
  deriveKey(secret: string, salt: string): Promise<SegmentKey>;
  /** `level` of compression: 1 (fast) to 19 (small). */
  seal(plain: Uint8Array, options: SealOptions & { readonly level: number }): Promise<Uint8Array>;
  /** Rejects with QMOI_BACKUP_DAMAGED when it is not as it was sealed, or holds more than `maxBytes`. */
  open(sealed: Uint8Array, options: SealOptions & { readonly maxBytes: number }): Promise<Uint8Array>;
}
