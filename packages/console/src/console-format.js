const two = (n) => String(n).padStart(2, "0");

/** `850ms`, `12.4s`, `3m 07s`, `2h 05m`, `3d 4h`. */
export const duration = (ms) => {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
};

/** From one ISO time to another, or until now. */
export const between = (from, to) => (from ? duration((to ? Date.parse(to) : Date.now()) - Date.parse(from)) : "");

export const ago = (iso) => {
  const ms = Date.parse(iso) - Date.now();
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
};

export const localTime = (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const bytes = (n) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
};

/** A share as `33%`. */
export const percent = (share) => `${Math.round(100 * share)}%`;

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString()} ${n === 1 ? one : many}`;
export const shortId = (id) => id.slice(0, 12);
/** A name of at most `max` characters: its beginning and, because names share their beginnings, more of its end. */
export const shortName = (name, max) => {
  if (name.length <= max) return name;
  const head = Math.floor((max - 1) / 4);
  return `${name.slice(0, head)}…${name.slice(name.length - (max - 1 - head))}`;
};

export const isOver = (state) => state === "succeeded" || state === "failed" || state === "cancelled";
