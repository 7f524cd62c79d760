import { type ErrorCode, type QmoiError, TooLargeError, ValidationError } from "@qmoi/core";
import { jsonPath, type PathSegments } from "./json-path.ts";
import { LIMITS } from "./limits.ts";
import { positionAt, readJson } from "./read-json.ts";

/** One thing wrong with a document. */
export interface Problem {
  readonly code: ErrorCode;
  /** JSON path of the offender. */
  readonly path: string;
  /** What is wrong, as a clause. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** The right name that was probably meant. */
  readonly suggestion?: string;
  readonly line?: number;
  readonly column?: number;
  /** Facts for machines, such as a cycle's tasks. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Where a document came from; without its text, errors carry no line. */
export interface Source {
  readonly file?: string;
  readonly text?: string;
}

export type ProblemDetails = Omit<Problem, "code" | "path" | "message" | "line" | "column">;

/** Collects problems, so that an author sees them all at once; keeps the first 20 and counts the rest. */
export class Problems {
  readonly #found: Problem[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(code: ErrorCode, path: PathSegments, message: string, details: ProblemDetails = {}): void {
    this.#push({ code, path: jsonPath(path), message, ...details });
  }

  /** Takes over what another check found; `at` is the path of what it looked at, `code` replaces its code. */
  addError(error: QmoiError, at: PathSegments, code: ErrorCode = error.code): void {
    const inner = error.data?.problems as readonly Problem[] | undefined;
    if (inner) {
      for (const problem of inner) this.#push({ ...problem, code, path: jsonPath(at) + problem.path.slice(1) });
      return;
    }
    const suggestion = error.data?.suggestion;
    this.#push({
      code,
      path: jsonPath(at) + (error.path?.startsWith("$") ? error.path.slice(1) : ""),
      message: error.message,
      ...(typeof suggestion === "string" ? { suggestion } : {}),
    });
  }

  #push(problem: Problem): void {
    this.#count++;
    if (this.#found.length >= LIMITS.problems) return;
    // A clause, also where a schema's own message is a sentence: what is made of it ends with a full stop of its own.
    this.#found.push({ ...problem, message: problem.message.replace(/\.$/, "") });
  }

  /** Throws an error with the first problem's code and message; all are in `data.problems`. */
  throwIfAny(source: Source = {}): void {
    if (this.#count === 0) return;
    const problems = source.text === undefined ? this.#found : withLines(this.#found, source.text);
    const [first] = problems as [Problem];
    const more = this.#count > 1 ? ` (and ${this.#count - 1} more ${this.#count === 2 ? "problem" : "problems"})` : "";
    const place = [placeOf(first, source), first.path].filter((part) => part !== "").join(" ");
    const details = { path: place, data: { ...first.data, ...(source.file ? { file: source.file } : {}), count: this.#count, problems } };
    const message = `${place}: ${first.message}${more}${first.message.endsWith("?") && more === "" ? "" : "."}`;
    throw first.code === "QMOI_TOO_LARGE" ? new TooLargeError(message, details) : new ValidationError(first.code, message, details);
  }
}

const placeOf = (problem: Problem, source: Source): string => {
  const at = problem.line === undefined ? "" : `${problem.line}:${problem.column}`;
  if (source.file) return at ? `${source.file}:${at}` : source.file;
  return at && `line ${at}`;
};

/** Reads the text once more to learn where each problem lies; a missing key has the line of what should hold it. */
const withLines = (problems: readonly Problem[], text: string): Problem[] => {
  const wanted = new Set(problems.flatMap(({ path }) => [path, parentOf(path)]));
  // Rendering a path costs more than reading a value: only those that end as a wanted one does are rendered.
  const ends = new Set([...wanted].map(lastOf));
  const offsets = new Map<string, number>();
  readJson(text, {
    maxBytes: Number.POSITIVE_INFINITY,
    onValue: (segments, offset) => {
      if (!ends.has(segments.at(-1))) return;
      const path = jsonPath(segments);
      if (wanted.has(path)) offsets.set(path, offset);
    },
  });
  return problems.map((problem) => {
    const offset = offsets.get(problem.path) ?? offsets.get(parentOf(problem.path));
    return offset === undefined ? problem : { ...problem, ...positionAt(text, offset) };
  });
};

const LAST = /(?:\.([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])$/;

const parentOf = (path: string): string => path.replace(LAST, "");

/** The last key or index of a path; undefined for the root. */
const lastOf = (path: string): PropertyKey | undefined => {
  const [, key, index, quoted] = LAST.exec(path) ?? [];
  if (quoted !== undefined) return JSON.parse(quoted) as string;
  return index === undefined ? key : Number(index);
};
