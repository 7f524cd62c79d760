/** Moves surrogates above the rest of the basic plane, where UTF-8 (and code points) have them. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);

/** Compares two well-formed strings by the bytes of their UTF-8, which differs from `<` beyond the basic plane. */
export const compareUtf8 = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
};

const LAST_CODE_POINT = 0x10ffff;

/** The smallest string after all that start with `prefix`; undefined if there is none. */
export const prefixEnd = (prefix: string): string | undefined => {
  // Nearly all prefixes end in a character that has a next one of the same size.
  const unit = prefix.charCodeAt(prefix.length - 1);
  if (unit < 0xd7ff) return prefix.slice(0, -1) + String.fromCharCode(unit + 1);
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
};
