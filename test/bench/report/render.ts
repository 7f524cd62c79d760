import type { Cell, Section, Table, Target } from "./section.ts";

/** A number with at least three digits that count, without needless zeros. */
export const figure = (value: number): string => {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 8))).toLocaleString("en-US", { maximumFractionDigits: 8 });
};

const cellText = (cell: Cell): string => (cell === undefined ? "–" : typeof cell === "number" ? figure(cell) : cell);

const rendered = ({ title, columns, rows }: Table): string => {
  const texts = rows.map((row) => row.map(cellText));
  const widths = columns.map((name, n) => Math.max(name.length, ...texts.map((row) => row[n]?.length ?? 0)));
  const numeric = columns.map((_, n) => rows.length > 0 && rows.every((row) => typeof row[n] === "number" || row[n] === undefined));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, n) => (numeric[n] ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, n) => (numeric[n] ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [`### ${title}`, "", line(columns), rule, ...texts.map(line)].join("\n");
};

const targetTable = (targets: readonly Target[]): Table => ({
  title: "Targets",
  columns: ["figure", "target", "measured", "met"],
  rows: targets.map(({ name, target, measured, met }) => [name, target, measured, met ? "yes" : "no"]),
});

/** The section as Markdown that also reads well in a terminal. */
export const renderSection = ({ name, tables, targets, notes }: Section): string =>
  [
    `## ${name}`,
    ...tables.map(rendered),
    ...(targets.length > 0 ? [rendered(targetTable(targets))] : []),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join("\n")] : []),
  ].join("\n\n");
