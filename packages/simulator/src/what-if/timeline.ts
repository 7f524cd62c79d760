import type { Span } from "./figures.ts";
import { type Placed, placeInLanes } from "./lanes.ts";

/** One schedule of a picture. */
export interface Timeline {
  readonly title: string;
  readonly spans: readonly Span[];
  /** Slots by pool. */
  readonly pools: Readonly<Record<string, number>>;
}

const WIDTH = 1000;
const LEFT = 110;
const TITLE = 26;
const AXIS = 24;
const GAP = 14;
/** A lane is as high as this; in a picture of many lanes lower. */
const LANE = 18;
const MOST_HEIGHT = 2_000;
/** Narrower bars have no name in them, but still tell it under the mouse. */
const NAMED_WIDTH = 30;
const CHARACTER = 6.2;

/** Schedules one under the other on one time axis, as an SVG document: a lane for each slot, a bar for each task, a colour for each run. */
export const timelineSvg = (timelines: readonly Timeline[]): string => {
  const from = least(timelines.flatMap(({ spans }) => spans.map(({ readyAt }) => readyAt)));
  const to = timelines.reduce((latest, { spans }) => spans.reduce((most, { endedAt }) => Math.max(most, endedAt), latest), from + 1);
  const x = (at: number): number => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - 10);
  const charts = timelines.map(lanesOf);
  const lanes = charts.reduce((sum, { count }) => sum + count, 0);
  const lane = Math.min(LANE, Math.max(3, MOST_HEIGHT / Math.max(1, lanes)));
  const parts: string[] = [];
  let y = 0;
  for (const { title, pools } of charts) {
    parts.push(text(4, y + 17, title, "title"));
    y += TITLE;
    const top = y;
    for (const { name, slots, placed } of pools) {
      parts.push(text(4, y + Math.min(12, lane * slots), `${name} (${slots})`, "pool"));
      for (let n = 0; n < slots; n++) parts.push(rect(LEFT, y + n * lane, WIDTH - LEFT - 10, lane - 1, "lane"));
      for (const one of placed) parts.push(...bars(one, y, lane, x));
      y += slots * lane + 6;
    }
    for (const tick of ticksOf((to - from) / 1000)) {
      const at = x(from + 1000 * tick);
      parts.push(`<line x1="${round(at)}" x2="${round(at)}" y1="${round(top)}" y2="${round(y)}" class="tick"/>`);
      parts.push(text(at, y + 12, seconds(tick), "axis"));
    }
    y += AXIS + GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.ceil(y)}" width="${WIDTH}" height="${Math.ceil(y)}" role="img">
<style>${STYLE}</style>
<rect width="100%" height="100%" class="paper"/>
${parts.join("\n")}
</svg>
`;
};

const STYLE = `text{font:11px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:13px}.axis{text-anchor:middle;fill:#666}.name{fill:#fff;font-size:10px;pointer-events:none}.lane{fill:#eee}.paper{fill:#fff}.tick{stroke:#bbb;stroke-width:.5}
@media (prefers-color-scheme:dark){text{fill:#ddd}.axis{fill:#999}.name{fill:#fff}.lane{fill:#2b2b2b}.paper{fill:#1b1b1b}.tick{stroke:#555}}`;

interface Chart {
  readonly title: string;
  readonly count: number;
  readonly pools: readonly { readonly name: string; readonly slots: number; readonly placed: readonly Placed[] }[];
}

/** Pools that have work, with as many lanes as they have slots, or as were really held at once. */
const lanesOf = ({ title, spans, pools }: Timeline): Chart => {
  const charts = [...new Set(spans.map(({ task }) => task.pool))].sort().map((name) => {
    const placed = placeInLanes(spans.filter(({ task }) => task.pool === name));
    const held = placed.reduce((most, { lanes }) => Math.max(most, ...lanes), 0) + 1;
    return { name, placed, slots: Math.max(held, pools[name] ?? 0) };
  });
  return { title, pools: charts, count: charts.reduce((sum, { slots }) => sum + slots, 0) };
};

const bars = (one: Placed, top: number, lane: number, x: (at: number) => number): string[] => {
  const left = x(one.startedAt);
  const width = Math.max(0.5, x(one.endedAt) - left - 0.4);
  const colour = colourOf(one.run);
  const { name } = one.task;
  const waited = seconds((one.startedAt - one.readyAt) / 1000);
  const about = `${one.run} ${name}: waited ${waited}, ran ${seconds((one.endedAt - one.startedAt) / 1000)}`;
  return one.lanes.flatMap((number, n) => {
    const y = top + number * lane;
    const bar = `<rect x="${round(left)}" y="${round(y)}" width="${round(width)}" height="${round(lane - 1)}" rx="2" fill="${colour}"><title>${escaped(about)}</title></rect>`;
    const named = n === 0 && width > NAMED_WIDTH && lane >= 12;
    return named ? [bar, text(left + 4, y + lane - 5.5, name.slice(0, Math.floor((width - 6) / CHARACTER)), "name")] : [bar];
  });
};

/** Runs that follow each other differ most: each turns the hue by the golden angle. */
const colourOf = (run: string): string => {
  let hash = 0;
  for (let n = 0; n < run.length; n++) hash = (hash * 31 + run.charCodeAt(n)) >>> 0;
  return `hsl(${Math.round((hash * 137.508) % 360)} 55% 42%)`;
};

/** Round seconds, six to twelve of them, up to `length`. */
const ticksOf = (length: number): number[] => {
  const rough = length / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => n * step);
};

const seconds = (value: number): string => `${Number(value.toPrecision(4))} s`;
const round = (value: number): string => String(Math.round(value * 100) / 100);
const least = (values: readonly number[]): number => values.reduce((min, value) => Math.min(min, value), values[0] ?? 0);
const rect = (x: number, y: number, width: number, height: number, name: string): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(Math.max(1, height))}" class="${name}"/>`;
const text = (x: number, y: number, value: string, name: string): string =>
  `<text x="${round(x)}" y="${round(y)}" class="${name}">${escaped(value)}</text>`;

/** Text as XML and HTML hold it. */
export const escaped = (value: string): string =>
  value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, " ");
