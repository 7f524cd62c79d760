/** Parsers of what Linux's /proc and `ps` print. They never throw: what can't be read is undefined or left out. */

/** Clock ticks a second in /proc: fixed by the kernel's interface on every architecture. */
const TICKS = 100;

const number = (text: string | undefined): number | undefined => {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** One process as a table row. Seconds and bytes. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  /** Own time in user and kernel mode; on Linux also that of its children that were waited for. */
  readonly cpuSeconds: number;
  /** Start time in ticks since boot: with the pid, an identity. Linux only. */
  readonly started?: number;
  /** Resident memory; on Linux read separately, by readMemory. */
  readonly memoryBytes?: number;
}

/** /proc/<pid>/stat. The name in parentheses may itself hold spaces and parentheses, so fields count from the last one. */
export const parsePidStat = (text: string): ProcessEntry | undefined => {
  const pid = number(text.slice(0, text.indexOf(" ")));
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const at = (field: number): number | undefined => number(fields[field - 3]);
  const [parent, group, started] = [at(4), at(5), at(22)];
  const ticks = [at(14), at(15), at(16), at(17)];
  if (pid === undefined || parent === undefined || group === undefined || started === undefined) return undefined;
  return { pid, parent, group, started, cpuSeconds: ticks.reduce<number>((sum, t) => sum + (t ?? 0), 0) / TICKS };
};

/** Lines `key: value kB` (/proc/meminfo, /proc/<pid>/status) as bytes. */
export const parseKilobytes = (text: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^([\w()]+):\s+(\d+) kB$/.exec(line.trimEnd());
    if (match) found.set(match[1] as string, Number(match[2]) * 1024);
  }
  return found;
};

/** Time all processors together were busy and existed, in seconds since boot: the `cpu` line of /proc/stat. */
export const parseCpuTimes = (text: string): { busySeconds: number; totalSeconds: number } | undefined => {
  const line = text.split("\n").find((l) => l.startsWith("cpu "));
  if (!line) return undefined;
  // user nice system idle iowait irq softirq steal; guest times are contained in user and nice.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(number);
  if (ticks.length < 4 || ticks.some((t) => t === undefined)) return undefined;
  const total = (ticks as number[]).reduce((sum, t) => sum + t, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busySeconds: (total - idle) / TICKS, totalSeconds: total / TICKS };
};

/** `ps` times: `[[days-]hours:]minutes:seconds[.fraction]`. */
export const parsePsTime = (text: string): number | undefined => {
  const match = /^(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
};

/** `ps -A -o pid=,ppid=,pgid=,rss=,time=`: lines that don't fit are left out. */
export const parsePs = (text: string): ProcessEntry[] => {
  const entries: ProcessEntry[] = [];
  for (const line of text.split("\n")) {
    const [pid, parent, group, rss, time] = line.trim().split(/\s+/);
    const numbers = [pid, parent, group, rss].map(number);
    const cpuSeconds = time === undefined ? undefined : parsePsTime(time);
    if (numbers.some((n) => n === undefined) || cpuSeconds === undefined) continue;
    const [p, pp, g, kilobytes] = numbers as [number, number, number, number];
    entries.push({ pid: p, parent: pp, group: g, cpuSeconds, memoryBytes: kilobytes * 1024 });
  }
  return entries;
};
