import type { SharedRow } from "./summary.ts";

const WIDTH = 760;
const BAR = 14;
const ROW = 22;
const LEFT = 130;
const RIGHT = 90;
const TOP = 62;
const PANEL_GAP = 46;
const MOST = 1.5;

/** Mean completion time relative to workflow FIFO: a panel for each number of slots and load, a bar with its interval for each policy. */
export const plot = (rows: readonly SharedRow[]): string => {
  const panels = new Map<string, SharedRow[]>();
  for (const row of rows) {
    const title = `${row.slots} slots, load ${row.load}`;
    panels.set(title, [...(panels.get(title) ?? []), row]);
  }
  let y = TOP;
  const parts: string[] = [];
  for (const [title, all] of panels) {
    parts.push(text(LEFT, y - 8, title, 'font-weight="600"'));
    const sorted = all.toSorted((a, b) => a.mean - b.mean);
    parts.push(...sorted.map((row, index) => bar(row, y + index * ROW)));
    const bottom = y + sorted.length * ROW;
    for (const tick of [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]) {
      parts.push(`<line x1="${x(tick)}" y1="${y}" x2="${x(tick)}" y2="${bottom}" stroke="#8884" ${tick === 1 ? 'stroke-width="2"' : ""}/>`);
      parts.push(text(x(tick), bottom + 14, String(tick), 'text-anchor="middle" font-size="11"'));
    }
    y = bottom + PANEL_GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2733">`,
    "<title>Mean completion time of workflows, by policy</title>",
    `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`,
    text(16, 24, "Mean completion time of workflows relative to workflow FIFO (shorter is better)", 'font-size="14" font-weight="600"'),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
};

const x = (value: number): number => Math.round(LEFT + (Math.min(value, MOST) / MOST) * (WIDTH - LEFT - RIGHT));

const bar = (row: SharedRow, y: number): string => {
  const ours = row.policy === "fast" || row.policy === "fair";
  const fill = ours ? "#0b6bcb" : row.policy.startsWith("oracle-") ? "#7fb2e5" : "#aab4bf";
  const middle = y + BAR / 2;
  const whisker = row.ci95 ? `<line x1="${x(row.ci95[0])}" y1="${middle}" x2="${x(row.ci95[1])}" y2="${middle}" stroke="#1d2733"/>` : "";
  const beyond = row.mean > MOST ? " →" : "";
  return [
    text(LEFT - 8, y + 11, row.policy, 'text-anchor="end"'),
    `<rect x="${LEFT}" y="${y}" width="${x(row.mean) - LEFT}" height="${BAR}" fill="${fill}"/>`,
    whisker,
    text(Math.max(x(row.mean), x(row.ci95?.[1] ?? 0)) + 6, y + 11, `${row.mean.toFixed(2)}${beyond}`, ours ? 'font-weight="600"' : ""),
  ].join("");
};

const text = (at: number, y: number, content: string, attributes = ""): string =>
  `<text x="${at}" y="${y}" ${attributes}>${content}</text>`;
