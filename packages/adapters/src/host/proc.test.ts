import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCpuTimes, parseKilobytes, parsePidStat, parsePs, parsePsTime } from "./proc.ts";
import { ProcessTable } from "./processes.ts";

const stat = (pid: number, name: string, parent: number, group: number): string =>
  `${pid} (${name}) S ${parent} ${group} ${group} 0 -1 4194304 120 0 0 0 150 50 25 75 20 0 1 0 8642 2834432 403 18446744073709551615 1 1`;

describe("parsers of /proc", () => {
  it("read a process, whatever its name", () => {
    const entry = { pid: 42, parent: 7, group: 40, started: 8642, cpuSeconds: 3 };
    for (const name of ["sh", "a b", "tricky) S 1 2", "(sd-pam)", ""]) expect(parsePidStat(stat(42, name, 7, 40))).toEqual(entry);
    expect(parsePidStat("")).toBeUndefined();
    expect(parsePidStat("42 (sh) S")).toBeUndefined();
  });

  it("read memory lines as bytes", () => {
    const text = "Name:\tnode\nVmHWM:\t   1024 kB\nVmRSS:\t    512 kB\nThreads:\t1\nActive(anon):  3 kB\n";
    expect(parseKilobytes(text)).toEqual(
      new Map([
        ["VmHWM", 1_048_576],
        ["VmRSS", 524_288],
        ["Active(anon)", 3072],
      ]),
    );
  });

  it("read the machine's busy time: neither idle nor waiting for a disk", () => {
    const text = "cpu  100 20 30 1000 50 1 2 3 90 0\ncpu0 1 1 1 1\n";
    expect(parseCpuTimes(text)).toEqual({ busySeconds: 1.56, totalSeconds: 12.06 });
    expect(["", "cpu 1 2\n", "cpu  a b c d\n", "cpus 1 2 3 4\n"].map(parseCpuTimes)).toEqual(Array(4).fill(undefined));
  });

  it("never throw", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9():. \na-z-]{0,80}$/));
    fc.assert(
      fc.property(text, (any) => {
        parsePidStat(any);
        parseKilobytes(any);
        parseCpuTimes(any);
        parsePs(any);
        parsePsTime(any);
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (name, pid, parent, group) => {
        expect(parsePidStat(stat(pid, name, parent, group))).toMatchObject({ pid, parent, group });
      }),
    );
  });
});

describe("parsers of ps", () => {
  it("read times in each form", () => {
    expect(["0:01.50", "02:03", "1:02:03", "2-03:04:05"].map(parsePsTime)).toEqual([1.5, 123, 3723, 183_845]);
    expect(["", "5", "a:b", "1:2:3:4"].map(parsePsTime)).toEqual(Array(4).fill(undefined));
  });

  it("read lines and leave out what isn't one", () => {
    expect(parsePs("  1     0     1  9000   0:10.00\n 77     1    70   512 00:00:01\nPID PPID\n\n 5 6\n")).toEqual([
      { pid: 1, parent: 0, group: 1, cpuSeconds: 10, memoryBytes: 9_216_000 },
      { pid: 77, parent: 1, group: 70, cpuSeconds: 1, memoryBytes: 524_288 },
    ]);
  });
});

describe("ProcessTable", () => {
  const entry = (pid: number, parent: number, group: number) => ({ pid, parent, group, cpuSeconds: 0 });
  const pids = (entries: { pid: number }[]) => entries.map(({ pid }) => pid).sort((a, b) => a - b);
  const table = new ProcessTable([
    ...[entry(1, 0, 1), entry(10, 1, 10), entry(11, 10, 10), entry(12, 11, 12), entry(13, 12, 12)],
    ...[entry(14, 1, 10), entry(20, 1, 20), entry(21, 20, 20)],
  ]);

  it("finds a group's members, orphans too, and the descendants that left it", () => {
    expect(pids(table.tree(10))).toEqual([10, 11, 12, 13, 14]);
    expect(pids(table.tree(12))).toEqual([12, 13]);
    expect(table.tree(99)).toEqual([]);
  });

  it("finds descendants, not the rest of their group", () => {
    expect(pids(table.descendants(10))).toEqual([10, 11, 12, 13]);
    expect(pids(table.descendants(1))).toEqual([1, 10, 11, 12, 13, 14, 20, 21]);
  });

  it("ends on a table read while pids were reused, with a cycle", () => {
    const cyclic = new ProcessTable([entry(1, 2, 1), entry(2, 1, 1)]);
    expect(pids(cyclic.tree(1))).toEqual([1, 2]);
  });
});
