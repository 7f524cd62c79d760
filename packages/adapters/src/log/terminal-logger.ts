import { inspect, stripVTControlCharacters, styleText } from "node:util";
import { type Clock, type LogFields, type Logger, type LogLevel, QmoiError } from "@qmoi/core";

export interface TerminalLoggerOptions {
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** Lines below are left out; `info` otherwise. */
  readonly level?: LogLevel;
  readonly colours?: boolean;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const STYLE = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const;

/** One readable line an event: local time, level, message, `name=value`. */
export class TerminalLogger implements Logger {
  readonly #options: Required<TerminalLoggerOptions>;

  constructor(options: TerminalLoggerOptions) {
    this.#options = { level: "info", colours: false, ...options };
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { write, clock, level: least, colours } = this.#options;
    if (RANK[level] < RANK[least]) return;
    const style = (name: (typeof STYLE)[LogLevel] | "dim", text: string): string =>
      colours ? styleText(name, text, { validateStream: false }) : text;
    const facts = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${style("dim", `${name}=`)}${textOf(value)}`)
      .join("");
    write(`${style("dim", timeOfDay(clock.now()))} ${style(STYLE[level], level.padEnd(5))} ${message}${facts}\n`);
  }
}

const timeOfDay = (ms: number): string => {
  const local = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}`;
};

/** What a field says, on one line: control characters of a task's output must not reach the terminal. */
const textOf = (value: unknown): string => {
  const text = value instanceof Error ? errorText(value) : typeof value === "string" ? value : inspect(value, { breakLength: Infinity });
  const line = stripVTControlCharacters(text).replace(/\p{Cc}+/gu, " ");
  return /^[^\s"=]+$/.test(line) ? line : JSON.stringify(line);
};

const errorText = (error: Error): string =>
  error instanceof QmoiError ? `${error.code} ${error.message}` : `${error.name}: ${error.message}`;
