/** A forecast and what came; logarithms of seconds. */
export interface Plotted {
  readonly actual: number;
  readonly point: number;
  /** 0.05, 0.9 and 0.95. */
  readonly quantiles: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 440;
const LEFT = 70;
const BOTTOM = 380;
const TOP = 40;
const RIGHT = 700;
const CLASSES = 14;
const TICKS = [0.01, 0.1, 1, 10, 100, 1000, 10_000];

/**
 * An SVG of forecasts in classes of equally many, from short to long: the mean interval as a bar, the mean forecast as a line across it,
 * and beside it the middle 90% of what came with its median as a dot. Where bars and whiskers agree, forecasts are calibrated at that size.
 */
export const forecastPlot = (forecasts: readonly Plotted[]): string => {
  const sorted = [...forecasts].sort((a, b) => a.point - b.point);
  const classes = Array.from({ length: CLASSES }, (_, i) =>
    sorted.slice(Math.floor((i * sorted.length) / CLASSES), Math.floor(((i + 1) * sorted.length) / CLASSES)),
  );
  const step = (RIGHT - LEFT) / CLASSES;
  const marks = classes.map((members, i) => drawClass(members, LEFT + (i + 0.5) * step)).join("\n");
  const inside = forecasts.filter(({ actual, quantiles: [low = 0, , high = 0] }) => low <= actual && actual <= high).length;
  const ticks = TICKS.map((seconds) => {
    const y = yOf(Math.log(seconds)).toFixed(1);
    return `<line x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end">${seconds} s</text>`;
  }).join("\n");
  const title = `${forecasts.length} tasks forecast from other executions: ${((100 * inside) / forecasts.length).toFixed(1)}% inside their 90% interval`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>Forecast and actual run time of each task</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="24" font-size="14">${title}</text>
${ticks}
${marks}
<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 22}" text-anchor="middle">tasks in ${CLASSES} classes of equal count, by forecast</text>
<rect x="${LEFT}" y="${HEIGHT - 26}" width="12" height="12" fill="#9ec5e8"/><text x="${LEFT + 18}" y="${HEIGHT - 16}">mean 90% interval, with the mean forecast</text>
<circle cx="${LEFT + 320}" cy="${HEIGHT - 20}" r="4" fill="#b3541e"/><text x="${LEFT + 332}" y="${HEIGHT - 16}">median of what came, with its middle 90%</text>
</svg>
`;
};

const drawClass = (members: readonly Plotted[], x: number): string => {
  const mean = (of: (forecast: Plotted) => number): number => members.reduce((sum, forecast) => sum + of(forecast), 0) / members.length;
  const actual = members.map((forecast) => forecast.actual).sort((a, b) => a - b);
  const at = (probability: number): number => yOf(actual[Math.floor(probability * (actual.length - 1))] as number);
  const [low, point, high] = [
    mean(({ quantiles }) => quantiles[0] as number),
    mean((f) => f.point),
    mean(({ quantiles }) => quantiles[2] as number),
  ].map(yOf) as [number, number, number];
  const number = (value: number): string => value.toFixed(1);
  return [
    `<rect x="${number(x - 13)}" y="${number(high)}" width="12" height="${number(low - high)}" fill="#9ec5e8"/>`,
    `<line x1="${number(x - 13)}" x2="${number(x - 1)}" y1="${number(point)}" y2="${number(point)}" stroke="#1f4e79" stroke-width="2"/>`,
    `<line x1="${number(x + 7)}" x2="${number(x + 7)}" y1="${number(at(0.05))}" y2="${number(at(0.95))}" stroke="#b3541e" stroke-width="2"/>`,
    `<circle cx="${number(x + 7)}" cy="${number(at(0.5))}" r="4" fill="#b3541e"/>`,
  ].join("");
};

const LOWEST = Math.log(0.005);
const HIGHEST = Math.log(20_000);
const yOf = (value: number): number =>
  BOTTOM - ((Math.min(HIGHEST, Math.max(LOWEST, value)) - LOWEST) / (HIGHEST - LOWEST)) * (BOTTOM - TOP);
