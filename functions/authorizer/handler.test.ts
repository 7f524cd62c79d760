import { MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import { type AuditEvent, silentLogger } from "@qmoi/core";
import { Keys, SharedFailures } from "@qmoi/runtime";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type AuthorizerEvent, createAuthorizer } from "./handler.ts";

let keys: Keys;
let time: number;
let events: AuditEvent[];
let authorizer: ReturnType<typeof createAuthorizer>;

const ask = (authorization: string | undefined, sourceIp = "10.0.0.1") =>
  authorizer({ headers: authorization === undefined ? {} : { authorization }, requestContext: { http: { sourceIp } } } as AuthorizerEvent);
const wrong = `qmoi_${"0".repeat(12)}_${"1".repeat(64)}`;

beforeEach(() => {
  time = Date.UTC(2026, 0, 1);
  const clock = Object.assign(new SystemClock(), { now: () => time, monotonic: () => time });
  keys = new Keys({ table: new MemoryTable(), clock, random: new SystemRandom(), logger: silentLogger });
  events = [];
  const audit = { append: async (event: AuditEvent) => void events.push(event), later: (event: AuditEvent) => void events.push(event) };
  authorizer = createAuthorizer({ keys, audit, clock });
});

describe("a key", () => {
  it("is let through with its id, role and scopes, flat as the gateway hands them on", async () => {
    const { id, key } = await keys.create({ name: "ci", role: "operator", scopes: ["runs", "workflows"] }, "test");
    expect(await ask(`Bearer ${key}`)).toEqual({
      isAuthorized: true,
      context: { id, kind: "key", role: "operator", scopes: "runs,workflows" },
    });
  });

  it.each<[string, (key: string, id: string) => Promise<string> | string]>([
    ["no credentials", () => ""],
    ["another scheme", (key) => `Basic ${key}`],
    ["a wrong secret", (key) => `Bearer ${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`],
    ["an unknown id", (key) => `Bearer ${key.replace(/_[0-9a-f]{12}_/, "_000000000000_")}`],
    ["a longer text", (key) => `Bearer ${key}0`],
    ["what was revoked", async (key, id) => keys.revoke(id).then(() => `Bearer ${key}`)],
    [
      "what has expired",
      (key) => {
        time += 3_600_000;
        return `Bearer ${key}`;
      },
    ],
    ["what was rotated", async (key, id) => keys.rotate(id).then(() => `Bearer ${key}`)],
  ])("is refused alike: %s", async (_, authorization) => {
    const { id, key } = await keys.create({ name: "k", role: "master", until: time + 3_600_000 }, "test");
    expect(await ask(await authorization(key, id))).toEqual({ isAuthorized: false, context: {} });
  });

  it("counts under its new text after a rotation, and its last use is noted", async () => {
    const { id } = await keys.create({ name: "k", role: "viewer" }, "test");
    const { key } = await keys.rotate(id);
    expect(await ask(`Bearer ${key}`)).toMatchObject({ isAuthorized: true, context: { id } });
    await vi.waitFor(async () => expect(await keys.key(id)).toMatchObject({ used: time, rotated: time, state: "active" }));
  });

  it("is nowhere in the table as it is told", async () => {
    const table = new MemoryTable();
    const { key } = await new Keys({ table, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger }).create(
      { name: "k", role: "viewer" },
      "t",
    );
    const stored = JSON.stringify((await table.scan()).items);
    expect(stored).not.toContain(key.split("_")[2]);
    expect(stored).toContain(key.split("_")[1]);
  });
});

describe("too many failures", () => {
  it("of an address deny what is not known yet without looking, and end after a minute", async () => {
    const { key } = await keys.create({ name: "k", role: "viewer" }, "test");
    const check = vi.spyOn(keys, "check");
    for (let n = 0; n < 10; n++) await ask(`Bearer qmoi_${String(n).padStart(12, "0")}_${"1".repeat(64)}`);
    expect(check).toHaveBeenCalledTimes(10);
    expect((await ask(`Bearer ${key}`)).isAuthorized).toBe(false);
    expect(check).toHaveBeenCalledTimes(10);
    expect((await ask(`Bearer ${key}`, "10.0.0.2")).isAuthorized).toBe(true);
    time += 60_000;
    expect((await ask(`Bearer ${key}`)).isAuthorized).toBe(true);
  });

  it("count over all processes, and cost no more writes once they deny", async () => {
    const table = new MemoryTable();
    const clock = Object.assign(new SystemClock(), { now: () => time, monotonic: () => time });
    const put = vi.spyOn(table, "put");
    const audit = { append: async () => undefined, later: () => undefined };
    const process = () => createAuthorizer({ keys, audit, clock, shared: new SharedFailures({ table, clock }) });
    const { key } = await keys.create({ name: "k", role: "viewer" }, "test");
    const event = (bearer: string): AuthorizerEvent =>
      ({ headers: { authorization: `Bearer ${bearer}` }, requestContext: { http: { sourceIp: "10.0.0.1" } } }) as AuthorizerEvent;
    const knows = process();
    expect((await knows(event(key))).isAuthorized).toBe(true);
    expect(put).not.toHaveBeenCalled();
    for (let n = 0; n < 10; n++) await process()(event(`qmoi_${String(n).padStart(12, "0")}_${"1".repeat(64)}`));
    const writes = put.mock.calls.length;
    expect(writes).toBe(20);
    expect((await process()(event(key))).isAuthorized).toBe(false);
    for (let n = 0; n < 10; n++) await process()(event(wrong));
    expect(put.mock.calls.length).toBe(writes);
    // Whoever was right before in a process is let through there, and everybody after a minute.
    expect((await knows(event(key))).isAuthorized).toBe(true);
    time += 60_000;
    expect((await process()(event(key))).isAuthorized).toBe(true);
    expect(JSON.stringify((await table.scan()).items)).not.toContain("10.0.0.1");
  });

  it("with a key's id deny from everywhere, but not whoever was right before", async () => {
    const { id, key } = await keys.create({ name: "k", role: "viewer" }, "test");
    expect((await ask(`Bearer ${key}`, "10.0.0.9")).isAuthorized).toBe(true);
    for (let n = 0; n < 10; n++) await ask(`Bearer qmoi_${id}_${String(n).repeat(64)}`, `10.0.1.${n}`);
    const check = vi.spyOn(keys, "check");
    expect((await ask(`Bearer qmoi_${id}_${"f".repeat(64)}`, "10.0.2.1")).isAuthorized).toBe(false);
    expect(check).not.toHaveBeenCalled();
    expect((await ask(`Bearer ${key}`, "10.0.2.2")).isAuthorized).toBe(true);
  });

  it("are recorded once a minute and address, bounded over all of them", async () => {
    for (let n = 0; n < 25; n++) await ask(`Bearer ${wrong}`, n % 2 ? "10.0.0.1" : "10.0.0.2");
    expect(events).toEqual([
      { action: "login.fail", subject: "000000000000", who: "unknown", from: "10.0.0.2", outcome: "refused" },
      { action: "login.fail", subject: "000000000000", who: "unknown", from: "10.0.0.1", outcome: "refused" },
    ]);
    time += 60_000;
    await ask("Bearer x", "10.0.0.1");
    expect(events.at(-1)).toMatchObject({ subject: "token", after: { failuresNotRecorded: 23 } });
    for (let n = 0; n < 100; n++) await ask("Bearer x", `10.1.0.${n}`);
    expect(events.length).toBe(2 + 60);
  });
});
