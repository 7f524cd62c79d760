import { h, s } from "./console-dom.js";
import { duration, percent } from "./console-format.js";

const seconds = (value) => duration(1000 * value);

/** What a forecast rests on: `3m to 8m, 90%; by type, off by 33%`. */
export const basis = ({ lo, hi, coverageTarget, level, backtestError }, show = seconds) =>
  `${show(lo)} to ${show(hi)}, ${percent(coverageTarget)}; by ${level}, off by ${percent(backtestError)}`;

/** A forecast with its interval, its level and how wrong such ones were. */
export const expectation = (forecast, show = seconds) => [show(forecast.point), h("small", {}, ` ${basis(forecast, show)}`)];

/** When a run will end, and whether that is late. */
export const ending = (forecast) => [
  `in ${seconds(forecast.point)}`,
  forecast.late ? h("span", { class: "late", title: forecast.says }, " late") : undefined,
  h("small", {}, ` ${basis(forecast)}`),
];

const WIDTH = 220;
const HEIGHT = 14;

/** Intervals on one logarithmic scale, from the shortest to the longest of all. */
export const intervalScale = (forecasts) => {
  const low = Math.log(Math.min(...forecasts.map(({ lo }) => lo)));
  const high = Math.log(Math.max(...forecasts.map(({ hi }) => hi)));
  const x = (value) => 2 + ((WIDTH - 4) * (Math.log(value) - low)) / Math.max(1e-9, high - low);
  const clamped = (value) => Math.min(WIDTH, Math.max(0, x(value)));
  return (forecast, seen) =>
    s(
      "svg",
      { class: "interval", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img", "aria-label": basis(forecast) },
      s("title", {}, `${seconds(forecast.point)}: ${basis(forecast)}`),
      s("rect", { x: 0, y: 6, width: WIDTH, height: 2, class: "track" }),
      s("rect", {
        x: x(forecast.lo),
        y: 2,
        width: Math.max(2, x(forecast.hi) - x(forecast.lo)),
        height: 10,
        rx: 3,
        class: "bar state-running range",
      }),
      seen.map((value) => s("circle", { cx: clamped(value), cy: 7, r: 1.5, class: "seen" })),
      s("rect", { x: x(forecast.point) - 1, y: 0, width: 2, height: HEIGHT, class: "bar state-running" }),
    );
};
