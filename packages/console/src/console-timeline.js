import { s } from "./console-dom.js";
import { duration, shortName } from "./console-format.js";

const TOP = 28;
const NAMES = 200;
/** Of more tasks than DENSE, thin bars without names show the shape; of more than ROWS, the first. */
const DENSE = 100;
const ROWS = 2000;

/** Steps of the time axis in milliseconds: the first that gives at most eight ticks. */
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  7_200_000, 21_600_000, 86_400_000,
];

const spanOf = (task, now) => {
  if (!task.startedAt) return undefined;
  const start = Date.parse(task.startedAt);
  const end = task.endedAt ? Date.parse(task.endedAt) : now;
  return { task, ready: task.readyAt ? Math.min(start, Date.parse(task.readyAt)) : start, start, end: Math.max(start, end) };
};

/** When each task waited (light) and ran (full), in the order of their starts. */
export const timeline = (tasks, { width, now, selected, onSelect }) => {
  const spans = tasks.flatMap((task) => spanOf(task, now) ?? []).sort((a, b) => a.start - b.start || a.end - b.end);
  if (spans.length === 0) return undefined;
  const shown = spans.slice(0, ROWS);
  const from = Math.min(...spans.map(({ ready }) => ready));
  const until = Math.max(...spans.map(({ end }) => end), from + 1);
  const dense = shown.length > DENSE;
  const names = dense ? 8 : Math.min(NAMES, width * 0.3);
  const room = width - names - (dense ? 12 : 70);
  const rowHeight = dense ? 8 : 24;
  const x = (ms) => names + ((ms - from) / (until - from)) * room;
  const height = TOP + shown.length * rowHeight + 6;
  return s(
    "svg",
    { class: "timeline", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Timeline of the run's tasks" },
    axis(from, until, x, height),
    shown.map((span, i) => row(span, TOP + i * rowHeight, x, { names, width, rowHeight, dense, selected, onSelect })),
    spans.length > shown.length ? s("text", { x: 0, y: height - 2, class: "muted" }, `and ${spans.length - shown.length} more`) : undefined,
  );
};

const axis = (from, until, x, height) => {
  const step = STEPS.find((candidate) => (until - from) / candidate <= 8) ?? 86_400_000;
  const ticks = [];
  for (let at = 0; at <= until - from; at += step) ticks.push(at);
  return ticks.map((at) => [
    s("line", { x1: x(from + at), x2: x(from + at), y1: TOP - 6, y2: height, class: "grid" }),
    s("text", { x: x(from + at) + 3, y: 14, class: "muted" }, at === 0 ? "0" : duration(at)),
  ]);
};

const row = ({ task, ready, start, end }, y, x, { names, width, rowHeight, dense, selected, onSelect }) => {
  const bar = dense ? 6 : 14;
  const middle = y + rowHeight / 2;
  const title = `${task.name}: ${task.state}, waited ${duration(start - ready)}, ran ${duration(end - start)}`;
  const choose = () => onSelect(task.name);
  return s(
    "g",
    {
      class: `row state-${task.state}${selected === task.name ? " selected" : ""}`,
      tabindex: 0,
      role: "button",
      "aria-label": title,
      "data-key": `row ${task.name}`,
      onclick: choose,
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      },
    },
    s("title", {}, title),
    s("rect", { x: 0, y, width, height: rowHeight, class: "hit", rx: 4 }),
    dense ? undefined : s("text", { x: names - 8, y: middle + 4, "text-anchor": "end" }, shortName(task.name, Math.floor(names / 7.4))),
    start > ready
      ? s("rect", { x: x(ready), y: middle - bar * 0.2, width: Math.max(1, x(start) - x(ready)), height: bar * 0.4, class: "wait", rx: 1 })
      : undefined,
    s("rect", { x: x(start), y: middle - bar / 2, width: Math.max(2, x(end) - x(start)), height: bar, class: "bar", rx: dense ? 2 : 3 }),
    dense ? undefined : s("text", { x: x(end) + 6, y: middle + 4, class: "muted" }, duration(end - start)),
  );
};
