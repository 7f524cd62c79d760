import { readFile } from "node:fs/promises";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The console's files. Each is named on its own, because that is how the build finds what it must put beside the bundle. */
export const CONSOLE_FILES: readonly URL[] = [
  new URL("../../console/src/console.html", import.meta.url),
  new URL("../../console/src/console.css", import.meta.url),
  new URL("../../console/src/console-charts.css", import.meta.url),
  new URL("../../console/src/console-views.css", import.meta.url),
  new URL("../../console/src/console.svg", import.meta.url),
  new URL("../../console/src/console.js", import.meta.url),
  new URL("../../console/src/console-api.js", import.meta.url),
  new URL("../../console/src/console-dialog.js", import.meta.url),
  new URL("../../console/src/console-dom.js", import.meta.url),
  new URL("../../console/src/console-forecast.js", import.meta.url),
  new URL("../../console/src/console-forecasts.js", import.meta.url),
  new URL("../../console/src/console-format.js", import.meta.url),
  new URL("../../console/src/console-graph.js", import.meta.url),
  new URL("../../console/src/console-page.js", import.meta.url),
  new URL("../../console/src/console-run.js", import.meta.url),
  new URL("../../console/src/console-runs.js", import.meta.url),
  new URL("../../console/src/console-task.js", import.meta.url),
  new URL("../../console/src/console-timeline.js", import.meta.url),
  new URL("../../console/src/console-workflows.js", import.meta.url),
];

export interface ConsoleFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const byPath: ReadonlyMap<string, URL> = new Map(
  CONSOLE_FILES.map((url) => [url.pathname.endsWith("/console.html") ? "/" : `/${url.pathname.split("/").at(-1)}`, url]),
);

/** The file that the server shows at `path`; undefined if there is none. */
export const consoleFile = async (path: string): Promise<ConsoleFile | undefined> => {
  const url = byPath.get(path);
  return url && { type: TYPES[extname(url.pathname)] ?? "application/octet-stream", bytes: await readFile(url) };
};
