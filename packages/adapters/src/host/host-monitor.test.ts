import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir, totalmem } from "node:os";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostMonitor, hostAvailable, hostUse } from "./host-monitor.ts";
import { type HostReading, measureHost } from "./measure-host.ts";

const GIB = 1 << 30;
const reading = (at: number, more: Partial<HostReading> = {}): HostReading => ({
  capacity: { cpus: 4, memoryBytes: 8 * GIB, diskBytes: 100 * GIB },
  machineCpus: 4,
  at,
  busySeconds: 0,
  memoryAvailableBytes: 6 * GIB,
  diskFreeBytes: 50 * GIB,
  limits: { memory: [], cpu: [], cpuset: undefined },
  own: { cpuSeconds: 0, memoryBytes: 0 },
  ...more,
});

describe("hostAvailable", () => {
  it("leaves what nobody uses", () => {
    expect(hostAvailable(reading(0), reading(2000))).toEqual({ cpus: 4, memoryBytes: 6 * GIB, diskBytes: 50 * GIB });
  });

  it("takes off what others use, not what its own children use", () => {
    // 3 processors busy for 2 s, of which 2 by this process's children.
    const later = reading(2000, { busySeconds: 6, own: { cpuSeconds: 4, memoryBytes: GIB } });
    expect(hostAvailable(reading(0), later)).toEqual({ cpus: 3, memoryBytes: 7 * GIB, diskBytes: 50 * GIB });
    expect(hostUse(reading(0), later)).toEqual({
      cpuBusy: 0.75,
      memoryUsedBytes: 2 * GIB,
      diskFreeBytes: 50 * GIB,
      own: { cpus: 2, memoryBytes: GIB },
    });
  });

  it("keeps within the tightest of a container's limits", () => {
    const capacity = { cpus: 1.5, memoryBytes: 2 * GIB, diskBytes: 100 * GIB };
    const limits = (cpuUsed: number) => ({
      memory: [
        { limit: 2 * GIB, used: GIB / 2 },
        { limit: 4 * GIB, used: 3.5 * GIB },
      ],
      cpu: [{ limit: 1.5, used: cpuUsed }],
      cpuset: undefined,
    });
    const own = { cpuSeconds: 1, memoryBytes: GIB / 4 };
    const later = reading(2000, { capacity, limits: limits(2), busySeconds: 2, own });
    // Of the group's 1 processor others use half; of the outer group's memory half a GiB is left, and a quarter is our own.
    expect(hostAvailable(reading(0, { capacity, limits: limits(0) }), later)).toEqual({
      cpus: 1,
      memoryBytes: 0.75 * GIB,
      diskBytes: 50 * GIB,
    });
  });

  it("is bounded by a busy machine around an idle container", () => {
    const limits = { memory: [], cpu: [{ limit: 2, used: 0 }], cpuset: undefined };
    const capacity = { cpus: 2, memoryBytes: 8 * GIB, diskBytes: 1 };
    const later = reading(1000, { capacity, limits, busySeconds: 3.5 });
    expect(hostAvailable(reading(0, { capacity, limits }), later).cpus).toBe(0.5);
  });

  it("stays within capacity whatever the counters do", () => {
    const counter = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(counter, counter, counter, counter, counter, fc.integer({ min: 0, max: 5000 }), (b1, b2, o1, o2, bytes, ms) => {
        const later = reading(ms, { busySeconds: b2, own: { cpuSeconds: o2, memoryBytes: bytes * 1e6 }, memoryAvailableBytes: bytes });
        const earlier = reading(0, { busySeconds: b1, own: { cpuSeconds: o1, memoryBytes: 0 } });
        const { cpus, memoryBytes } = hostAvailable(earlier, later);
        expect(cpus >= 0 && cpus <= 4 && memoryBytes >= 0 && memoryBytes <= 8 * GIB).toBe(true);
        const { cpuBusy } = hostUse(earlier, later);
        expect(cpuBusy >= 0 && cpuBusy <= 1).toBe(true);
      }),
    );
  });
});

describe("HostMonitor", () => {
  it("answers from the last two readings and keeps the last one when reading fails", async () => {
    const readings = [reading(0), reading(1000, { busySeconds: 1 }), reading(2000, { busySeconds: 4 })];
    const read = async () => {
      const next = readings.shift();
      if (!next) throw new Error("unreadable");
      return next;
    };
    const monitor = await HostMonitor.start({ read, intervalMs: 1e6 });
    expect(monitor.available().cpus).toBe(4);
    await monitor.refresh();
    expect(monitor.available().cpus).toBe(3);
    await monitor.refresh();
    expect(monitor.use().cpuBusy).toBe(0.75);
    await expect(monitor.refresh()).rejects.toThrow("unreadable");
    expect(monitor.available().cpus).toBe(1);
    monitor.close();
  });

  it("reads at intervals until it is closed, and tells of failures", async () => {
    const errors: unknown[] = [];
    let reads = 0;
    const read = async () => {
      if (++reads === 2) throw new Error("once");
      return reading(reads);
    };
    const monitor = await HostMonitor.start({ read, intervalMs: 1, onError: (error) => errors.push(error) });
    await expect.poll(() => reads).toBeGreaterThan(3);
    monitor.close();
    const last = reads;
    await new Promise((done) => setTimeout(done, 20));
    expect(reads - last).toBeLessThanOrEqual(1);
    expect(errors).toHaveLength(1);
  });
});

describe("measureHost", () => {
  it("measures this host", async () => {
    const { capacity, own, ...rest } = await measureHost(tmpdir());
    expect(capacity.cpus).toBeGreaterThan(0);
    expect(capacity.memoryBytes).toBeGreaterThan(own.memoryBytes);
    expect(own.memoryBytes).toBeGreaterThan(1e7);
    expect(rest.memoryAvailableBytes).toBeLessThanOrEqual(totalmem());
    expect(rest.diskFreeBytes).toBeLessThanOrEqual(capacity.diskBytes);
    const later = await measureHost(tmpdir());
    expect(later.busySeconds).toBeGreaterThanOrEqual(rest.busySeconds);
  });

  it("counts children as its own", async () => {
    const before = await measureHost(tmpdir());
    const source = "globalThis.held = Buffer.alloc(2e8, 1); console.log('held'); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const after = await measureHost(tmpdir());
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(after.own.memoryBytes - before.own.memoryBytes).toBeGreaterThan(1e8);
  });

  it("names a folder that isn't there", async () => {
    await expect(measureHost("/no/such/folder")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
