import type { Seeded } from "./seeded.ts";

const CHARACTERS = [
  "",
  " ",
  "\t",
  "\n",
  "\u0000",
  "\u00a0",
  "\u200b",
  "\ud83d",
  "é",
  "0",
  "9",
  "a",
  "Z",
  "-",
  "_",
  ".",
  ",",
  ":",
  ";",
  "*",
  "?",
  "/",
  "#",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  "\\",
  "$",
  "%",
  "&",
  "\ufeff",
];

/** A text with one change: a character replaced, removed, added or moved, a piece cut off, doubled, or in the other case. */
export const mutateText = (text: string, random: Seeded): string => {
  const at = random.below(text.length + 1);
  const to = at + random.below(8);
  const [before, piece, after] = [text.slice(0, at), text.slice(at, to), text.slice(to)];
  return random.pick([
    () => before + random.pick(CHARACTERS) + text.slice(at + 1),
    () => before + random.pick(CHARACTERS) + text.slice(at),
    () => before + text.slice(at + 1),
    () => before + text.slice(at + 1, at + 2) + text.slice(at, at + 1) + text.slice(at + 2),
    () => before + after,
    () => before + piece + piece + after,
    () => before,
    () => before + piece.toUpperCase() + after,
    () => before + piece.toLowerCase() + after,
    () => before + String(random.below(100)) + text.slice(at + 1),
    () => before + piece.repeat(random.pick([3, 50])) + after,
  ])();
};

/** Text that was never a document. */
export const randomText = (random: Seeded): string => {
  const length = random.pick([0, 1, 5, 40, 300]);
  const character = random.pick([
    () => random.pick(CHARACTERS),
    () => String.fromCharCode(random.below(0x10000)),
    () => String.fromCharCode(32 + random.below(95)),
    () => random.pick(["{", "}", "[", "]", ",", ":", '"a"', "1", "null", " "]),
  ]);
  return Array.from({ length }, character).join("");
};
