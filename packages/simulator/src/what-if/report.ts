import type { Figures } from "./figures.ts";
import { escaped, type Timeline, timelineSvg } from "./timeline.ts";

/** One schedule of a report: what it is, its figures, and its picture. */
export interface ReportPart extends Timeline {
  readonly figures: Figures;
}

const COLUMNS: readonly (readonly [title: string, value: (figures: Figures) => string])[] = [
  ["runs", ({ runs }) => String(runs)],
  ["tasks", ({ tasks }) => String(tasks)],
  ["makespan, s", ({ makespan }) => number(makespan)],
  ["mean completion, s", ({ meanCompletion }) => number(meanCompletion)],
  ["95 % complete in, s", ({ p95Completion }) => number(p95Completion)],
  ["mean waiting, s", ({ meanWaiting }) => number(meanWaiting)],
  ["longest waiting, s", ({ longestWaiting }) => number(longestWaiting)],
  ["utilisation, %", ({ utilisation }) => number(100 * utilisation)],
];

/** A page that stands by itself: figures and pictures of several schedules. */
export const reportHtml = (title: string, parts: readonly ReportPart[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<table>
<thead><tr><th>schedule</th>${COLUMNS.map(([name]) => `<th>${escaped(name)}</th>`).join("")}</tr></thead>
<tbody>
${parts.map(({ title: name, figures }) => `<tr><th>${escaped(name)}</th>${COLUMNS.map(([, value]) => `<td>${value(figures)}</td>`).join("")}</tr>`).join("\n")}
</tbody>
</table>
${timelineSvg(parts)}
</html>
`;

const STYLE = `:root{color-scheme:light dark}body{font:14px system-ui,sans-serif;margin:2rem;max-width:1040px}h1{font-size:1.3rem}table{border-collapse:collapse;margin-bottom:1.5rem}th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #8884}th:first-child{text-align:left}svg{max-width:100%;height:auto}`;

const number = (value: number): string => String(Number(value.toPrecision(4)));
