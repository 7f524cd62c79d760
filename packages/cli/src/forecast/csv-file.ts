import { createReadStream } from "node:fs";
import { QmoiError } from "@qmoi/core";
import type { Row } from "@qmoi/forecast";
import { CsvError, parse } from "csv-parse";
import { plural } from "../format.ts";

/** Rows kept: of more, every second, fourth, eighth, ... is taken, which bounds memory and keeps their order. */
const MOST_ROWS = 300_000;
/** Rows after which it is told how many were read. */
const TOLD_ROWS = 10_000;
/** Cells of a row; more are a sign of a wrong separator or of no table. */
const MOST_COLUMNS = 2000;
/** What separates cells, told from the heading. */
const SEPARATORS = [",", ";", "\t", "|"] as const;
/** Bytes that are looked at to find out. */
const SNIFFED = 64 * 1024;

export interface CsvFile {
  readonly rows: Row[];
  /** What was odd about the file. */
  readonly notes: string[];
}

/**
 * Reads a CSV file (RFC 4180, and what is written in its name): any of four separators, quotes, a byte order mark, UTF-16, short and long rows.
 * @param told of how many rows were read so far
 * @throws QmoiError QMOI_USAGE if it can't be read, QMOI_INVALID_CSV if it is no table
 */
export const readCsv = async (file: string, told: (rows: number) => void = () => {}): Promise<CsvFile> => {
  const source = file === "-" ? createReadStream("", { fd: 0 }) : createReadStream(file);
  const separator = { found: "," };
  // Nothing of a file that is open elsewhere stays open when parsing fails.
  const text = decoded(source, file);
  const first = await text.next();
  const head = first.done ? "" : first.value;
  separator.found = separatorOf(head);
  const parser = parse({ delimiter: separator.found, relax_quotes: true, relax_column_count: true, skip_empty_lines: true });
  const pumped = pump(parser, head, text);
  try {
    return await collect(parser, file, separator.found === ";", told);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as { lines?: number }).lines;
    throw notTable(file, `${error.code === "CSV_QUOTE_NOT_CLOSED" ? "a quote that opens is never closed" : error.message}`, line, error);
  } finally {
    source.destroy();
    parser.destroy();
    await pumped;
  }
};

type Decoder = InstanceType<typeof TextDecoder>;

/** Pieces of text; the first one is large enough to tell the separator from. */
async function* decoded(source: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let decoder: Decoder | undefined;
  let begin: Uint8Array[] = [];
  let size = 0;
  const flush = (): string => {
    const bytes = Buffer.concat(begin);
    begin = [];
    decoder = decoderOf(bytes);
    const text = decoder.decode(bytes, { stream: true });
    if (text.includes("\u0000")) throw notTable(file, "it is no text");
    return text;
  };
  try {
    for await (const piece of source) {
      if (decoder) yield decoder.decode(piece, { stream: true });
      else {
        begin.push(piece);
        size += piece.length;
        if (size >= SNIFFED) yield flush();
      }
    }
  } catch (cause) {
    if (cause instanceof QmoiError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "There is no such file" : code === "EISDIR" ? "It is a folder" : message;
    throw new QmoiError("QMOI_USAGE", `${file} can't be read: ${why}.`, { path: file, remedy: "Check the file's name.", cause });
  }
  if (decoder) yield decoder.decode();
  else yield flush() + ((decoder as Decoder | undefined)?.decode() ?? "");
}

/** By the byte order mark, which the decoder takes away; UTF-8 without one. */
const decoderOf = (bytes: Uint8Array): Decoder => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be");
  return new TextDecoder("utf-8");
};

/** What occurs most often outside quotes in the heading. */
const separatorOf = (head: string): string => {
  const counts = new Map<string, number>(SEPARATORS.map((separator) => [separator, 0]));
  let quoted = false;
  for (const character of head) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && counts.has(character)) counts.set(character, (counts.get(character) as number) + 1);
  }
  return SEPARATORS.reduce((best, separator) => ((counts.get(separator) ?? 0) > (counts.get(best) ?? 0) ? separator : best));
};

/** Hands text to the parser at its pace. What fails here comes out of the parser. */
const pump = async (parser: ReturnType<typeof parse>, head: string, rest: AsyncGenerator<string>): Promise<void> => {
  try {
    const write = (text: string): Promise<void> | undefined =>
      parser.write(text) || parser.destroyed
        ? undefined
        : new Promise((resolve) => {
            const done = (): void => {
              parser.off("drain", done).off("close", done);
              resolve();
            };
            parser.on("drain", done).on("close", done);
          });
    await write(head);
    for await (const text of rest) {
      if (parser.destroyed) return;
      await write(text);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
};

const collect = async (
  parser: AsyncIterable<string[]>,
  file: string,
  decimalComma: boolean,
  told: (rows: number) => void,
): Promise<CsvFile> => {
  let headings: string[] | undefined;
  let rows: Row[] = [];
  let count = 0;
  let uneven = 0;
  let step = 1;
  for await (const cells of parser) {
    if (!headings) {
      headings = headingsOf(cells, file);
      continue;
    }
    if (cells.length !== headings.length) uneven++;
    if (count % TOLD_ROWS === 0) told(count);
    if (count++ % step !== 0) continue;
    rows.push(rowOf(headings, cells, decimalComma));
    if (rows.length < MOST_ROWS) continue;
    rows = rows.filter((_, i) => i % 2 === 0);
    step *= 2;
  }
  if (!headings) throw notTable(file, "it is empty");
  if (count === 0) throw notTable(file, "it has a heading and no rows");
  if (uneven > count / 2)
    throw notTable(file, `${uneven} of ${count} rows have another number of cells than the heading's ${headings.length}`);
  const notes =
    uneven > 0 ? [`${plural(uneven, "row")} had more or fewer cells than the heading; what is missing is taken as unknown.`] : [];
  if (step > 1) notes.push(`Every ${step}th of ${count} rows was taken.`);
  return { rows, notes };
};

const headingsOf = (cells: readonly string[], file: string): string[] => {
  if (cells.length > MOST_COLUMNS) throw notTable(file, `its first line has ${cells.length} cells`);
  const seen = new Map<string, number>();
  return cells.map((cell, i) => {
    const name = cell.trim() || `column ${i + 1}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
};

const rowOf = (headings: readonly string[], cells: readonly string[], decimalComma: boolean): Row => {
  const row: Record<string, string | undefined> = {};
  for (let i = 0; i < headings.length; i++) {
    const cell = cells[i];
    row[headings[i] as string] = decimalComma && cell !== undefined && /^\s*-?\d+,\d+\s*$/.test(cell) ? cell.replace(",", ".") : cell;
  }
  return row;
};

const notTable = (file: string, why: string, line?: number, cause?: unknown): QmoiError =>
  new QmoiError("QMOI_INVALID_CSV", `${file} is no CSV table: ${why}${line === undefined ? "" : ` (line ${line})`}.`, {
    path: file,
    remedy: "Give a text file with a heading and rows, cells separated by comma, semicolon, tab or bar.",
    ...(cause === undefined ? {} : { cause }),
  });
