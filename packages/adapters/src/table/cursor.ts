import { QmoiError } from "@qmoi/core";

/** An opaque cursor that holds the sort position of a page's last entry. */
export const encodeCursor = (position: readonly string[]): string => Buffer.from(JSON.stringify(position)).toString("base64url");

const invalid = (cause?: unknown): QmoiError =>
  new QmoiError("QMOI_INVALID_INPUT", "The cursor is not one that this query gave.", {
    path: "$.after",
    remedy: "Begin again without a cursor.",
    cause,
  });

/** The position in a cursor; throws QMOI_INVALID_INPUT unless it holds `length` non-empty well-formed strings. */
export const decodeCursor = (cursor: string, length: number): readonly string[] => {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch (cause) {
    throw invalid(cause);
  }
  const sound =
    Array.isArray(position) &&
    position.length === length &&
    position.every((part) => typeof part === "string" && part !== "" && part.isWellFormed());
  if (!sound) throw invalid();
  return position as readonly string[];
};
