import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { QmoiError, type SealOptions, type SegmentCodec, type SegmentKey } from "@qmoi/core";

/** Work of scrypt (RFC 7914): 32 MiB and about 0.1 s, so that a short secret can't be tried out fast. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
/** Bytes of each encrypted frame: none is used before it was authenticated as a whole. */
const FRAME_BYTES = 256 * 1024;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const stretch = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt);

/**
 * zstd (RFC 8878), then AES-256-GCM (NIST SP 800-38D) in frames of nonce, tag and content. A frame's number, whether it is the last, and
 * the segment's name are authenticated with it, as in the STREAM construction (Hoang et al., 2015): frames can't be left out, moved or cut.
 */
export class ZstdSegmentCodec implements SegmentCodec {
  async deriveKey(secret: string, salt: string): Promise<SegmentKey> {
    const root = await stretch(secret, salt, 32, SCRYPT);
    const part = (use: string): Uint8Array => new Uint8Array(hkdfSync("sha256", root, salt, `qmoi backup ${use}`, 32));
    return { encrypt: part("encryption"), sign: part("manifest") };
  }

  async seal(plain: Uint8Array, { name, key, level }: SealOptions & { level: number }): Promise<Uint8Array> {
    const packed = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 } });
    return key ? encrypt(packed, name, key) : packed;
  }

  async open(sealed: Uint8Array, { name, key, maxBytes }: SealOptions & { maxBytes: number }): Promise<Uint8Array> {
    const packed = key ? decrypt(sealed, name, key) : sealed;
    try {
      return await decompress(packed, { maxOutputLength: maxBytes });
    } catch (cause) {
      throw damaged(name, "it can't be decompressed", cause);
    }
  }
}

const about = (name: string, frame: number, last: boolean): Buffer => Buffer.from(`${name}\n${frame}\n${last ? "last" : "more"}`);

const encrypt = (packed: Uint8Array, name: string, key: SegmentKey): Uint8Array => {
  const frames: Uint8Array[] = [];
  for (let from = 0, frame = 0; from < packed.length || frame === 0; from += FRAME_BYTES, frame++) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key.encrypt, nonce);
    cipher.setAAD(about(name, frame, from + FRAME_BYTES >= packed.length));
    const content = Buffer.concat([cipher.update(packed.subarray(from, from + FRAME_BYTES)), cipher.final()]);
    frames.push(nonce, cipher.getAuthTag(), content);
  }
  return Buffer.concat(frames);
};

const decrypt = (sealed: Uint8Array, name: string, key: SegmentKey): Uint8Array => {
  const size = NONCE_BYTES + TAG_BYTES + FRAME_BYTES;
  const parts: Uint8Array[] = [];
  for (let from = 0, frame = 0; from < sealed.length || frame === 0; from += size, frame++) {
    const piece = sealed.subarray(from, from + size);
    if (piece.length < NONCE_BYTES + TAG_BYTES) throw damaged(name, "it was cut off");
    const decipher = createDecipheriv("aes-256-gcm", key.encrypt, piece.subarray(0, NONCE_BYTES));
    decipher.setAAD(about(name, frame, from + size >= sealed.length));
    decipher.setAuthTag(piece.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      parts.push(decipher.update(piece.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final());
    } catch (cause) {
      throw damaged(name, "it was changed, or encrypted with another key", cause);
    }
  }
  return Buffer.concat(parts);
};

const damaged = (name: string, why: string, cause?: unknown): QmoiError =>
  new QmoiError("QMOI_BACKUP_DAMAGED", `${name} of a backup is damaged: ${why}.`, { path: name, cause });
