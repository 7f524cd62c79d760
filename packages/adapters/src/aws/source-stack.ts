import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** A place in bundled code: its file as a path or a URL, line and column from 1. */
const PLACE = /((?:file:\/\/)?\/[^\s()]+\.mjs):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | undefined>();

const mapOf = (file: string): SourceMap | undefined => {
  if (!maps.has(file)) maps.set(file, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, "utf8"))) : undefined);
  return maps.get(file);
};

/**
 * An error's stack with the places in the sources. The maps beside the code are read when there is an error to tell: read by Node itself, they
 * are a third of what a large function's start costs.
 */
export const sourceStack = (stack: string): string =>
  stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    try {
      const origin = mapOf(`${file.startsWith("file:") ? fileURLToPath(file) : file}.map`)?.findOrigin(Number(line), Number(column));
      if (!origin || !("fileName" in origin)) return place;
      // Told from where the code was bundled.
      return `${origin.fileName.replace(/^(?:\.\.\/)+/, "")}:${origin.lineNumber}:${origin.columnNumber}`;
    } catch {
      // Whatever is wrong with a map, the error is told.
      return place;
    }
  });
