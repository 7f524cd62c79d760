import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBytesLimit, parseCfs, parseCpuList, parseCpuMax, parseProcCgroup, parseStat, withParents } from "./cgroup.ts";
import { readCgroupLimits } from "./cgroup-limits.ts";

describe("control-group parsers", () => {
  it("read /proc/self/cgroup of both versions", () => {
    expect(parseProcCgroup("0::/system.slice/a:b.service\n")).toEqual({ unified: "/system.slice/a:b.service", controllers: new Map() });
    const hybrid = parseProcCgroup("5:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=systemd:/x\n0::/\n");
    expect(hybrid.unified).toBe("/");
    expect(hybrid.controllers.get("cpuacct")).toBe("/docker/abc");
    expect(parseProcCgroup("")).toEqual({ controllers: new Map() });
  });

  it("list a path's parents, innermost first", () => {
    expect(withParents("/a/b")).toEqual(["/a/b", "/a", "/"]);
    expect(withParents("/")).toEqual(["/"]);
    expect(withParents("/../../etc")).toEqual(["/"]);
  });

  it("read limits", () => {
    expect(parseBytesLimit("536870912\n")).toBe(536_870_912);
    expect(["max\n", "9223372036854771712\n", "", "-1", "5 GB"].map(parseBytesLimit)).toEqual(Array(5).fill(undefined));
    expect(parseCpuMax("150000 100000\n")).toBe(1.5);
    expect(["max 100000\n", "", "0 100000", "1 0", "x y"].map(parseCpuMax)).toEqual(Array(5).fill(undefined));
    expect(parseCfs("50000\n", "100000\n")).toBe(0.5);
    expect(parseCfs("-1\n", "100000\n")).toBeUndefined();
    expect(parseCpuList("0-3,7\n")).toBe(5);
    expect(parseCpuList("2")).toBe(1);
    expect(["", "a", "3-1", "0-"].map(parseCpuList)).toEqual(Array(4).fill(undefined));
    expect(parseStat("usage_usec 12\nbroken\nnr_throttled 3\n")).toEqual(
      new Map([
        ["usage_usec", 12],
        ["nr_throttled", 3],
      ]),
    );
  });

  it("never throw and give only sound numbers", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9:,/. a-z\n-]{0,60}$/));
    fc.assert(
      fc.property(text, text, (a, b) => {
        parseProcCgroup(a);
        withParents(a);
        parseStat(a);
        const numbers = [parseBytesLimit(a), parseCpuMax(a), parseCfs(a, b), parseCpuList(a)];
        for (const number of numbers) expect(number === undefined || (number >= 0 && Number.isFinite(number))).toBe(true);
        readCgroupLimits((path) => (path === "/proc/self/cgroup" ? a : b));
      }),
    );
  });
});

const CG = "/sys/fs/cgroup";
const limitsOf = (files: Record<string, string>) => readCgroupLimits((path) => files[path]);

describe("readCgroupLimits", () => {
  it("reads a container with its own namespace (version 2)", () => {
    const limits = limitsOf({
      "/proc/self/cgroup": "0::/\n",
      [`${CG}/cgroup.controllers`]: "cpuset cpu io memory pids\n",
      [`${CG}/memory.max`]: "1073741824\n",
      [`${CG}/memory.current`]: "500000000\n",
      [`${CG}/memory.stat`]: "anon 300000000\nfile 200000000\ninactive_file 150000000\n",
      [`${CG}/cpu.max`]: "200000 100000\n",
      [`${CG}/cpu.stat`]: "usage_usec 5000000\nuser_usec 4000000\n",
      [`${CG}/cpuset.cpus.effective`]: "0-3\n",
    });
    expect(limits).toEqual({ memory: [{ limit: 1_073_741_824, used: 350_000_000 }], cpu: [{ limit: 2, used: 5 }], cpuset: 4 });
  });

  it("reads every level of nested groups (version 2)", () => {
    const pod = `${CG}/kubepods.slice/pod1`;
    const limits = limitsOf({
      "/proc/self/cgroup": "0::/kubepods.slice/pod1/main\n",
      [`${CG}/cgroup.controllers`]: "cpu memory\n",
      [`${pod}/main/memory.max`]: "max\n",
      [`${pod}/main/memory.current`]: "100\n",
      [`${pod}/memory.max`]: "4000\n",
      [`${pod}/memory.current`]: "1000\n",
      [`${CG}/kubepods.slice/memory.max`]: "9000\n",
      [`${CG}/kubepods.slice/memory.current`]: "8500\n",
      [`${pod}/main/cpu.max`]: "max 100000\n",
      [`${pod}/cpu.max`]: "50000 100000\n",
    });
    expect(limits.memory).toEqual([
      { limit: 4000, used: 1000 },
      { limit: 9000, used: 8500 },
    ]);
    expect(limits.cpu).toEqual([{ limit: 0.5, used: 0 }]);
    expect(limits.cpuset).toBeUndefined();
  });

  it("reads a container of version 1, whose path from outside leads nowhere", () => {
    const limits = limitsOf({
      "/proc/self/cgroup": "4:memory:/docker/abc\n3:cpuset:/docker/abc\n2:cpu,cpuacct:/docker/abc\n",
      [`${CG}/memory/memory.limit_in_bytes`]: "2147483648\n",
      [`${CG}/memory/memory.usage_in_bytes`]: "1000000\n",
      [`${CG}/memory/memory.stat`]: "inactive_file 1\ntotal_inactive_file 400000\n",
      [`${CG}/cpu/cpu.cfs_quota_us`]: "150000\n",
      [`${CG}/cpu/cpu.cfs_period_us`]: "100000\n",
      [`${CG}/cpuacct/cpuacct.usage`]: "7000000000\n",
      [`${CG}/cpuset/cpuset.cpus`]: "1,3\n",
    });
    expect(limits).toEqual({ memory: [{ limit: 2_147_483_648, used: 600_000 }], cpu: [{ limit: 1.5, used: 7 }], cpuset: 2 });
  });

  it("reads both versions mounted side by side, without limits", () => {
    const limits = limitsOf({
      "/proc/self/cgroup": "4:memory:/box\n1:cpu:/\n0::/\n",
      [`${CG}/unified/cgroup.controllers`]: "\n",
      [`${CG}/memory/box/memory.limit_in_bytes`]: "9223372036854771712\n",
      [`${CG}/memory/box/memory.usage_in_bytes`]: "5\n",
      [`${CG}/cpu/cpu.cfs_quota_us`]: "-1\n",
      [`${CG}/cpu/cpu.cfs_period_us`]: "100000\n",
    });
    expect(limits).toEqual({ memory: [], cpu: [], cpuset: undefined });
  });

  it("finds no limits where there are no control groups", () => {
    expect(limitsOf({})).toEqual({ memory: [], cpu: [], cpuset: undefined });
  });
});
