import { type Json, TooLargeError, ValidationError } from "@qmoi/core";
import { jsonPath, type PathSegments } from "./json-path.ts";
import { LIMITS } from "./limits.ts";

export interface ReadJsonOptions {
  /** Named in errors. */
  readonly file?: string;
  readonly maxBytes?: number;
  /** Called before each value is read. */
  readonly onValue?: (path: PathSegments, offset: number) => void;
}

/** Line and column of an offset, both from 1; columns in UTF-16 units. */
export const positionAt = (text: string, offset: number): { line: number; column: number } => {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", end + 1)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
};

/**
 * Reads JSON (RFC 8259), stricter than JSON.parse where that would lose something silently: a key given twice, `__proto__` as a key, a
 * number that a double can't hold, half a surrogate pair. A byte order mark at the start is skipped. Errors: QMOI_INVALID_JSON
 * with line and column, QMOI_TOO_LARGE.
 */
export const readJson = (text: string, options: ReadJsonOptions = {}): Json => {
  const limit = options.maxBytes ?? LIMITS.definitionBytes;
  if (text.length > limit || (text.length * 3 > limit && new TextEncoder().encode(text).length > limit)) {
    throw new TooLargeError(`${options.file ?? "The document"} is larger than ${limit} bytes.`, {
      ...(options.file ? { path: options.file } : {}),
      data: { limit },
    });
  }
  return new JsonReader(text, options).document();
};

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const LITERALS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class JsonReader {
  readonly #text: string;
  readonly #options: ReadJsonOptions;
  readonly #path: PropertyKey[] = [];
  readonly #space = /[ \t\n\r]*/y;
  readonly #number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids control characters inside strings.
  readonly #plain = /[^"\\\u0000-\u001f]*/y;
  #at = 0;

  constructor(text: string, options: ReadJsonOptions) {
    this.#text = text;
    this.#options = options;
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1;
  }

  document(): Json {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected("the end of the document");
    return value;
  }

  #value(): Json {
    this.#options.onValue?.(this.#path, this.#at);
    const character = this.#text[this.#at];
    if (character === "{") return this.#object();
    if (character === "[") return this.#list();
    if (character === '"') return this.#string();
    if (character === "-" || (character !== undefined && character >= "0" && character <= "9")) return this.#readNumber();
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#unexpected("a value");
  }

  #object(): Json {
    const object: Record<string, Json> = {};
    this.#enter();
    if (this.#take("}")) return object;
    for (;;) {
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#unexpected("a key in double quotes");
      const key = this.#string();
      if (key === "__proto__") throw this.#error(start, 'the key "__proto__" is not allowed');
      if (Object.hasOwn(object, key)) throw this.#error(start, `the key ${JSON.stringify(key)} is given twice`);
      this.#skipSpace();
      if (!this.#take(":")) throw this.#unexpected('":"');
      this.#skipSpace();
      this.#path.push(key);
      object[key] = this.#value();
      this.#path.pop();
      if (this.#endOr("}")) return object;
    }
  }

  #list(): Json {
    const list: Json[] = [];
    this.#enter();
    if (this.#take("]")) return list;
    for (;;) {
      this.#path.push(list.length);
      list.push(this.#value());
      this.#path.pop();
      if (this.#endOr("]")) return list;
    }
  }

  #enter(): void {
    if (this.#path.length >= LIMITS.depth) throw this.#error(this.#at, `lists and objects are nested deeper than ${LIMITS.depth}`);
    this.#at++;
    this.#skipSpace();
  }

  /** After an element: true at the closing bracket, false after a comma. */
  #endOr(bracket: string): boolean {
    this.#skipSpace();
    if (this.#take(bracket)) return true;
    if (!this.#take(",")) throw this.#unexpected(`"," or "${bracket}"`);
    this.#skipSpace();
    if (this.#text[this.#at] === bracket) throw this.#error(this.#at, `no element follows the comma before "${bracket}"`);
    return false;
  }

  #string(): string {
    const start = this.#at++;
    let value = "";
    for (;;) {
      value += this.#match(this.#plain);
      if (this.#take('"')) break;
      if (this.#at >= this.#text.length) throw this.#error(start, "the string is not closed");
      if (!this.#take("\\")) throw this.#error(this.#at, "a control character inside a string must be written as an escape");
      value += this.#escape();
    }
    if (!value.isWellFormed()) throw this.#error(start, "the string holds half of a surrogate pair");
    return value;
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? "";
    const plain = ESCAPES[letter];
    if (plain !== undefined) return plain;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error(this.#at - 2, `"\\${letter}" is not an escape`);
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #readNumber(): number {
    const start = this.#at;
    this.#number.lastIndex = start;
    const match = this.#number.exec(this.#text);
    if (match === null) throw this.#unexpected("a number");
    this.#at = this.#number.lastIndex;
    if (/[0-9.eE+-]/.test(this.#text[this.#at] ?? "")) throw this.#error(start, "the number is not written as JSON has it");
    const value = Number(match[0]);
    if (!Number.isFinite(value)) throw this.#error(start, "the number is out of range");
    const isInteger = match[1] === undefined && match[2] === undefined;
    if (isInteger && !Number.isSafeInteger(value) && String(value) !== match[0])
      throw this.#error(start, "the integer has more digits than a number can hold exactly; write it as a string");
    return value;
  }

  #skipSpace(): void {
    this.#match(this.#space);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #unexpected(expected: string): ValidationError {
    const code = this.#text.codePointAt(this.#at);
    const found = code === undefined ? "the end" : JSON.stringify(String.fromCodePoint(code));
    return this.#error(this.#at, `expected ${expected}, found ${found}`);
  }

  #error(offset: number, message: string): ValidationError {
    const { line, column } = positionAt(this.#text, offset);
    const place = `${this.#options.file ?? "line"}${this.#options.file ? ":" : " "}${line}:${column}`;
    const path = jsonPath(this.#path);
    const { file } = this.#options;
    return new ValidationError("QMOI_INVALID_JSON", `${place}: ${message}.`, {
      path: `${place} ${path}`,
      data: { ...(file ? { file } : {}), count: 1, problems: [{ code: "QMOI_INVALID_JSON", path, message, line, column }] },
    });
  }
}
