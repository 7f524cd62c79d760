import type { Forecast, RunForecast } from "@qmoi/client";
import type { Ansis } from "ansis";
import { duration } from "../format.ts";

export const percent = (share: number | null): string => (share === null || Number.isNaN(share) ? "-" : `${(100 * share).toFixed(1)}%`);

type Interval = Pick<RunForecast, "lo" | "hi" | "coverageTarget" | "backtestError"> & { readonly level: string };

/** How sure a forecast is and what it rests on, which every one that is shown says: `8.1s to 20.3s, 90%; by type, typically off by 18%`. */
export const intervalText = ({ lo, hi, coverageTarget, level, backtestError }: Interval, show: (value: number) => string): string =>
  `${show(lo)} to ${show(hi)}, ${Math.round(100 * coverageTarget)}%; by ${level}, typically off by ${Math.round(100 * backtestError)}%`;

/** `12.0s (8.1s to 20.3s, 90%; by type, typically off by 18%)`. */
export const forecastText = (forecast: Forecast, show: (value: number) => string): string => {
  const { point, state } = forecast;
  const changed = state === "steady" ? "" : `; ${state}`;
  return `${show(point)} (${intervalText(forecast, show)}${changed})`;
};

export const secondsText = (seconds: number): string => duration(1000 * seconds);

/** A run's arrival: `Will miss its deadline by 12 to 20 minutes. Ends in 5m 10s (…)`; yellow if it may be late. */
export const runForecastText = (style: Ansis, forecast: RunForecast): string => {
  const { late, says, point, unknown, tasks } = forecast;
  const more = unknown > 0 ? `; nothing known of ${unknown} of ${tasks} tasks` : "";
  const text = `ends in ${secondsText(point)} (${intervalText(forecast, secondsText)}${more})`;
  return late ? `${style.yellow(says)} It ${text}` : style.dim(text);
};

/** The same in a column: `5m 10s`, `5m 10s late 12m 00s`. */
export const arrivalText = (style: Ansis, forecast: RunForecast | null): string => {
  if (!forecast) return "";
  const { point, lo, hi, backtestError, level, late } = forecast;
  const interval = `${secondsText(point)} (${secondsText(lo)}-${secondsText(hi)}; ${level}, ±${Math.round(100 * backtestError)}%)`;
  return late ? `${interval} ${style.yellow(late.lo > 0 ? "late" : "may be late")}` : interval;
};
