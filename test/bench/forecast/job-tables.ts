import { Prng, type Row } from "@qmoi/forecast";
import { normal } from "../../../packages/forecast/src/testing/outcomes.ts";
import type { Table } from "./tables.ts";

const HOUR = 3_600_000;
const BEGAN = Date.UTC(2026, 0, 1);
const iso = (ms: number): string => new Date(ms).toISOString();

/** Rows of a job each, in the order of time; `minutes` apart. */
const jobs = (seed: number, count: number, make: (prng: Prng, row: number, at: number) => Row, minutes = 7): Row[] => {
  const prng = new Prng(seed, 3);
  return Array.from({ length: count }, (_, row) => {
    const at = BEGAN + row * minutes * 60_000;
    return { started: iso(at), ...make(prng, row, at) };
  });
};

/** Student's t with two degrees of freedom: its variance is infinite. */
const heavy = (prng: Prng): number => normal(prng) / Math.sqrt(-Math.log(1 - prng.next()));

/** Tables of what jobs' tables look like, each made from a seed: what is skewed, jumps, drifts, repeats daily, is missing or rare. */
export const jobTables = (seed: number): Table[] => {
  const byTime = { target: "seconds", group: "task", size: "bytes", time: "started", trees: 30 };
  const atRandom = { target: "seconds", size: "bytes", split: "random" as const, trees: 30 };
  const level = (task: number): number => 1 + ((task * 7) % 5);
  const simple = (count: number, tasks: number, noise: (prng: Prng) => number): Row[] =>
    jobs(seed, count, (prng) => {
      const task = prng.below(tasks);
      return { task: `t${task}`, bytes: Math.round(Math.exp(10 + 5 * prng.next())), seconds: Math.exp(level(task) + noise(prng)) };
    });
  const power = (count: number, tasks: number, noise: number, grow = 0): Row[] =>
    jobs(seed, count, (prng, row) => {
      const task = prng.below(tasks);
      const size = 10 + 5 * prng.next() + (grow * row) / count;
      const seconds = Math.exp(level(task) - 8 + (0.6 + 0.1 * (task % 5)) * size + noise * normal(prng));
      return { task: `t${task}`, bytes: Math.round(Math.exp(size)), seconds };
    });
  const told = (count: number, groups: number): Row[] =>
    jobs(seed, count, (prng, row) => {
      const group = row % groups;
      const [speed, size] = [((group * 37) % 11) / 5, 10 + 5 * prng.next()];
      const seconds = Math.exp(0.7 * size - 6 + speed + 0.3 * normal(prng));
      return { host: `h${group}`, speed: speed.toFixed(2), bytes: Math.round(Math.exp(size)), seconds };
    });
  return [
    { name: "heavy tails", rows: simple(900, 6, (prng) => 0.3 * heavy(prng)), options: byTime },
    { name: "skewed", rows: simple(900, 6, (prng) => -0.7 * Math.log(1 - prng.next())), options: byTime },
    { name: "two modes, hidden", rows: simple(900, 6, (prng) => 2 * +(prng.next() < 0.3) + 0.1 * normal(prng)), options: byTime },
    {
      name: "two modes, told",
      rows: jobs(seed, 900, (prng) => {
        const [task, cached] = [prng.below(6), prng.below(2)];
        return { task: `t${task}`, cached, seconds: Math.exp(level(task) - 2 * cached + 0.3 * normal(prng)) };
      }),
      options: { target: "seconds", group: "task", time: "started", trees: 30 },
    },
    {
      name: "by hour of day",
      rows: jobs(seed, 1500, (prng, _, at) => {
        const task = prng.below(4);
        const day = Math.sin((2 * Math.PI * (at / HOUR)) / 24);
        return { task: `t${task}`, bytes: 1000, seconds: Math.exp(level(task) + 0.8 * day + 0.2 * normal(prng)) };
      }),
      options: byTime,
    },
    {
      name: "trend, strong",
      rows: jobs(seed, 1200, (prng, row) => {
        const task = prng.below(4);
        return { task: `t${task}`, bytes: 1000, seconds: Math.exp(level(task) + row / 800 + 0.2 * normal(prng)) };
      }),
      options: byTime,
    },
    {
      name: "trend, weak",
      rows: jobs(seed, 1200, (prng, row) => {
        const task = prng.below(4);
        return { task: `t${task}`, bytes: 1000, seconds: Math.exp(level(task) + row / 4000 + 0.3 * normal(prng)) };
      }),
      options: byTime,
    },
    {
      name: "level shifts",
      rows: jobs(seed, 1500, (prng, row) => {
        const task = prng.below(5);
        const shift = ((Math.floor((row + 97 * task) / 260) * 31) % 7) / 4;
        return { task: `t${task}`, bytes: 1000, seconds: Math.exp(level(task) + shift + 0.2 * normal(prng)) };
      }),
      options: byTime,
    },
    { name: "power of size", rows: power(900, 5, 0.3), options: byTime },
    { name: "power of size, noisy, random", rows: power(600, 5, 0.8), options: atRandom },
    { name: "sizes that grow", rows: power(900, 5, 0.3, 6), options: byTime },
    { name: "size says nothing", rows: simple(600, 3, (prng) => 0.6 * normal(prng)), options: atRandom },
    {
      name: "constant by task, milliseconds",
      rows: jobs(seed, 400, (prng) => ((task: number) => ({ task: `t${task}`, bytes: 5, seconds: 1000 * (1 + task) }))(prng.below(5))),
      options: byTime,
    },
    {
      name: "zeros, negatives and holes",
      rows: power(900, 5, 0.5).map((row, i) => ({
        ...row,
        bytes: i % 5 === 0 ? "" : (row.bytes as number),
        task: i % 11 === 0 ? "null" : (row.task as string),
        seconds: i % 17 === 0 ? 0 : i % 23 === 0 ? -5 : i % 29 === 0 ? "" : (row.seconds as number),
      })),
      options: byTime,
    },
    { name: "20 rows", rows: power(20, 2, 0.4), options: byTime },
    { name: "50 rows", rows: power(50, 3, 0.4), options: byTime },
    { name: "50 rows, nothing to learn", rows: simple(50, 3, (prng) => 0.5 * normal(prng)), options: byTime },
    { name: "50 rows, random", rows: power(50, 3, 0.4), options: atRandom },
    { name: "300 tasks of 4 rows", rows: simple(1200, 300, (prng) => 0.5 * normal(prng)), options: byTime },
    { name: "80 tasks of 10 rows with sizes", rows: power(800, 80, 0.4), options: byTime },
    {
      name: "tasks not seen before",
      rows: power(900, 60, 0.4).map((row, i) => ({ ...row, task: `${row.task} ${Math.floor(i / 150)}` })),
      options: byTime,
    },
    { name: "3 hosts held out", rows: told(300, 3), options: { target: "seconds", size: "bytes", split: "column:host", trees: 30 } },
    { name: "5 hosts held out", rows: told(300, 5), options: { target: "seconds", size: "bytes", split: "column:host", trees: 30 } },
    { name: "40 hosts held out", rows: told(800, 40), options: { target: "seconds", size: "bytes", split: "column:host", trees: 30 } },
    {
      name: "each row five times",
      rows: power(150, 4, 0.5).flatMap((row) => [row, row, row, row, row]),
      options: byTime,
    },
    {
      name: "additive noise",
      rows: jobs(seed, 900, (prng) => {
        const task = prng.below(5);
        const size = 10 + 5 * prng.next();
        const seconds = Math.max(0.01, 60 * (1 + task) + Math.exp(0.5 * size) * 0.1 + 20 * normal(prng));
        return { task: `t${task}`, bytes: Math.round(Math.exp(size)), seconds };
      }),
      options: byTime,
    },
    {
      name: "many columns, few that matter",
      rows: jobs(seed, 700, (prng) => {
        const x = Array.from({ length: 12 }, () => prng.next());
        const seconds = Math.exp(2 + Math.sin(3 * (x[0] as number)) + (x[1] as number) * (x[2] as number) * 2 + 0.3 * normal(prng));
        return { ...Object.fromEntries(x.map((value, i) => [`x${i}`, value.toFixed(4)])), seconds };
      }),
      options: { target: "seconds", split: "random", ignore: ["started"], trees: 30 },
    },
    {
      name: "machines of two speeds, unordered",
      rows: jobs(seed, 900, (prng) => {
        const [task, machine, size] = [prng.below(8), prng.below(3), 10 + 5 * prng.next()];
        const seconds = Math.exp(level(task) - 8 + 0.8 * size - machine * 0.8 + 0.25 * normal(prng));
        return { task: `t${task}`, machine: `m${machine}`, bytes: Math.round(Math.exp(size)), seconds };
      }),
      options: { ...atRandom },
    },
  ];
};
