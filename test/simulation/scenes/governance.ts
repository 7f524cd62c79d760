import { MemoryBlobStore, SystemClock, SystemRandom } from "@qmoi/adapters";
import { loadConfig } from "@qmoi/config/schemas";
import { silentLogger, type Table } from "@qmoi/core";
import { AuditLog, AuditReader, Idempotency, Keys, Providers, SharedFailures, sweepExpired } from "@qmoi/runtime";
import type { SceneOf } from "./index.ts";
import { tableWithout } from "./table-without.ts";

/** Two processes append to the same audit at the same time. */
const append: SceneOf = async ({ dropped }) => {
  const ports = {
    table: tableWithout(dropped),
    blobs: new MemoryBlobStore(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger: silentLogger,
  };
  const key = Buffer.alloc(32, 1);
  const logs = [new AuditLog(ports, key), new AuditLog(ports, key)] as const;
  const event = (subject: string) => ({ action: "run.cancel", subject, who: "k", outcome: "done" as const });
  await Promise.all(logs.flatMap((log, which) => [1, 2, 3].map((n) => log.append(event(`${which}/${n}`)))));
  const [one] = logs;
  const { whole, records, findings } = await new AuditReader(ports.table, one, key).verify();
  await Promise.all(logs.map((log) => log.close()));
  if (!whole) return `the audit is not whole: ${findings.map(({ text }) => text).join(" ")}`;
  return records === 6 ? undefined : `the audit has ${records} of 6 records`;
};

const keysOn = (table: Table, ids: readonly string[] = []): Keys => {
  const random = new SystemRandom();
  const left = [...ids];
  return new Keys({
    table,
    clock: new SystemClock(),
    random: { next: () => 0, id: () => left.shift() ?? random.id() },
    logger: silentLogger,
  });
};

/** Two keys are given the same id. */
const sameId: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const first = await keysOn(table, ["a".repeat(32)]).create({ name: "first", role: "master" }, "test");
  await keysOn(table, ["a".repeat(32)]).create({ name: "second", role: "viewer" }, "test");
  return (await keysOn(table).check(first.key))?.role === "master" ? undefined : "a key took another's place";
};

/** A key is used while it is revoked; the note of its use is late. */
const lateUse: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const keys = keysOn(table);
  const { id, key } = await keys.create({ name: "used", role: "viewer" }, "test");
  let release = (): void => undefined;
  const revoked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const late: Table = Object.assign(Object.create(table) as Table, {
    get: (at: Parameters<Table["get"]>[0]) => table.get(at),
    put: (...write: Parameters<Table["put"]>) => revoked.then(() => table.put(...write)),
  });
  await keysOn(late).check(key);
  await keys.revoke(id);
  release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  return (await keys.check(key)) === undefined ? undefined : "a revoked key lives again";
};

const REQUEST = { who: "k", key: "once", fingerprint: "f" };

/** Idempotency on a table, by a clock that the scene moves. */
const onceOn = (table: Table, clock: { time: number }): Idempotency =>
  new Idempotency({
    table,
    clock: Object.assign(new SystemClock(), { now: () => clock.time }),
    random: new SystemRandom(),
    logger: silentLogger,
  });

const settled = (work: Promise<unknown>): Promise<unknown> => work.catch((error: Error) => error);

/** The same request comes twice at the same time. */
const sameTime: SceneOf = async ({ dropped }) => {
  const once = onceOn(tableWithout(dropped), { time: 1 });
  let done = 0;
  const work = async () => ++done;
  await Promise.all([settled(once.once(REQUEST, work)), settled(once.once(REQUEST, work))]);
  return done === 1 ? undefined : `a request was done ${done} times`;
};

/** Two take over from a doer that died. */
const takeOver: SceneOf = async ({ dropped }) => {
  const [clock, table] = [{ time: 1 }, tableWithout(dropped)];
  void settled(onceOn(table, clock).once(REQUEST, () => new Promise<number>(() => undefined)));
  await new Promise((resolve) => setTimeout(resolve, 1));
  clock.time += 61_000;
  let done = 0;
  const work = async () => ++done;
  await Promise.all([settled(onceOn(table, clock).once(REQUEST, work)), settled(onceOn(table, clock).once(REQUEST, work))]);
  return done === 1 ? undefined : `a request was done ${done} times after a minute`;
};

/** Whoever counted as dead ends after all, when another has answered already. */
const lateEnd: SceneOf = async ({ dropped }) => {
  const [clock, table] = [{ time: 1 }, tableWithout(dropped)];
  let end = (_: string): void => undefined;
  const slow = settled(
    onceOn(table, clock).once(
      REQUEST,
      () =>
        new Promise<string>((resolve) => {
          end = resolve;
        }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 1));
  clock.time += 61_000;
  await onceOn(table, clock).once(REQUEST, async () => "second");
  end("first");
  await slow;
  const { answer } = await onceOn(table, clock).once(REQUEST, async (): Promise<string> => "third");
  return answer === "second" ? undefined : `a repeated request was answered ${answer} after second`;
};

/** Two processes see a login fail at the same time. */
const bothFail: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const failures = () => new SharedFailures({ table, clock: new SystemClock() }, { most: 2, windowMs: 60_000, names: 1 });
  await Promise.all([failures().add("key 1"), failures().add("key 1")]);
  return (await failures().isBlocked("key 1")) ? undefined : "a failed login was not counted";
};

/** A request takes an expired key again while it is swept away. */
const takenAgain: SceneOf = async ({ dropped }) => {
  const inner = tableWithout(dropped);
  const clock = new SystemClock();
  await inner.put({ pk: "IDEM#x", sk: "I", v: 1, ttl: 1 });
  const table = Object.assign(Object.create(inner) as Table, {
    scan: async () => {
      const page = await inner.scan();
      await inner.put({ pk: "IDEM#x", sk: "I", v: 2, ttl: 2 ** 40 });
      return page;
    },
    delete: inner.delete.bind(inner),
  });
  await sweepExpired({ table, clock });
  return (await inner.get({ pk: "IDEM#x", sk: "I" })) ? undefined : "a key in use was swept away";
};

/** Two reports of a provider come at the same time, the first ever and later ones; the older one is written last. */
const lateReport: SceneOf = async ({ dropped }) => {
  const table = tableWithout(dropped);
  const config = () => ({ cloud: loadConfig(() => undefined).cloud });
  const providers = new Providers({ table, clock: new SystemClock() }, config);
  for (const [older, later] of [
    [1, 2],
    [3, 4],
  ] as const) {
    const report = (at: number) => ({ id: `r${at}`, at, metrics: [] });
    const slow: Table = Object.assign(Object.create(table) as Table, {
      get: table.get.bind(table),
      put: async (...write: Parameters<Table["put"]>) => {
        await providers.report("gcp", report(later));
        return table.put(...write);
      },
    });
    const { reception } = await new Providers({ table: slow, clock: new SystemClock() }, config).report("gcp", report(older));
    const [known] = await providers.all();
    if (reception !== "outdated" || known?.report?.at !== later) return `report ${older} took the place of ${later}`;
  }
  return undefined;
};

export const GOVERNANCE_SCENES = {
  "expired.delete": [takenAgain],
  "login.count": [bothFail],
  "audit.append": [append],
  "key.create": [sameId],
  "key.change": [lateUse],
  "provider.report": [lateReport],
  "idempotency.begin": [sameTime],
  "idempotency.take": [takeOver],
  "idempotency.end": [lateEnd],
} as const;
