import { MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { silentLogger } from "@qmoi/core";
import { describe, expect, it } from "vitest";
import { LimiterPart } from "./limiter-part.ts";
import type { Ports } from "./ports.ts";
import { GRANT_MS } from "./settings.ts";

const SLOTS = 2;
const grant = { run: "r", task: 0, attempt: 1, slots: SLOTS, expiry: Number.MAX_SAFE_INTEGER, nonce: 1 };

/** A part on a table whose writes last as long as `lasts` does. */
const open = (lasts: () => Promise<void>): LimiterPart => {
  const table = new MemoryTable();
  const put = table.put.bind(table);
  table.put = async (...request) => lasts().then(() => put(...request));
  const ports = { table, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger };
  return new LimiterPart(
    ports as unknown as Ports,
    "p:default",
    0,
    () => SLOTS,
    () => undefined,
  );
};

describe("slots of a limiter that seem free", () => {
  it("are counted once, though a grant is given back again while the first time is being written", async () => {
    let written = (): void => undefined;
    let lasts = Promise.resolve();
    const part = open(() => lasts);
    expect(await part.add(grant)).toBe("granted");
    expect(part.free).toBe(0);
    lasts = new Promise((resolve) => {
      written = resolve;
    });
    part.remove("r/0/1");
    await new Promise((resolve) => void setImmediate(resolve));
    expect([part.busy, part.free]).toEqual([true, SLOTS]);
    part.remove("r/0/1");
    expect(part.free).toBe(SLOTS);
    written();
    await part.settled();
    expect([part.free, part.live]).toEqual([SLOTS, []]);
  });
});

it("tells when a live grant was given", async () => {
  const part = open(() => Promise.resolve());
  await part.add({ ...grant, expiry: 1_000_000 });
  expect([part.grantedAt("r/0/1"), part.grantedAt("r/0/2")]).toEqual([1_000_000 - GRANT_MS, undefined]);
});
