import { stripVTControlCharacters } from "node:util";
import type { Ansis } from "ansis";
import Table from "cli-table3";

/** `850ms`, `12.4s`, `3m 07s`, `2h 05m`, `3d 4h`. */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
};

/** `512 B`, `1.5 MB`: powers of 1000. */
export const bytes = (n: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
};

const two = (n: number): string => String(n).padStart(2, "0");

/** Local date and time to the second: `2026-01-31 09:00:00`. */
export const localTime = (iso: string): string => {
  const t = new Date(iso);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
};

/** `in 3m 07s` or `12.4s ago`. */
export const relative = (iso: string, now: number): string => {
  const ms = Date.parse(iso) - now;
  return ms >= 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
};

/** A run's id, short enough to read and long enough to be unique among one's own. */
export const shortRun = (run: string): string => run.slice(0, 12);

/** On one line, without control characters, at most `max` characters. */
export const oneLine = (text: string, max = 200): string => {
  const line = stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
};

/** A name of at most `max` characters: its beginning and, because names share their beginnings, more of its end. */
export const shortName = (name: string, max: number): string => {
  const line = oneLine(name, 1000);
  if (line.length <= max) return line;
  const head = Math.floor((max - 1) / 4);
  return `${line.slice(0, head)}…${line.slice(line.length - (max - 1 - head))}`;
};

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const NO_LINES = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((name) => [name, ""]),
);

export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Columns under titles, without lines: easy to read, to grep and to copy. */
export const table = (style: Ansis, columns: readonly Column[], rows: readonly (readonly string[])[]): string => {
  const drawn = new Table({
    head: columns.map(({ title }) => style.dim(title)),
    chars: { ...NO_LINES, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: columns.map(({ right }) => (right ? "right" : "left")),
  });
  drawn.push(...rows.map((row) => [...row]));
  return `${drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
};
