import { readFileSync } from "node:fs";
import { MemoryBlobStore, MemoryTable } from "@qmoi/adapters";
import { type Item, LOCAL, silentLogger } from "@qmoi/core";
import { MIGRATIONS, moduleRuns, NEWEST_SCHEMA } from "@qmoi/master-automation";
import { describe, expect, it } from "vitest";
import { idleBackups } from "../../../../test/support/idle-backups.ts";
import { endOf, give, masterLab, moduleThat } from "../../../../test/support/master-lab.ts";

import { readControl } from "./change-control.ts";
import { migrate, refuseNewerData, schemaVersion, upgradeData } from "./migrate.ts";

/** What versions of QMOI with each schema have written: a module stopped, health looked at. */
const written = (schema: number): readonly Item[] =>
  readFileSync(new URL(`../../../../test/fixtures/schemas/${schema}.ndjson`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Item);

const tableOf = async (schema: number): Promise<MemoryTable> => {
  const table = new MemoryTable();
  for (const item of written(schema)) await table.put(item);
  return table;
};

const OFF = { "advanced-automation": "advanced-automation" };
const offIn = (items: readonly Item[]): readonly unknown[] =>
  items.flatMap(
    (item) => JSON.stringify(item).match(/(?<="(?:control|before|after|CTL)":\{"mode":"running",)"off":(\[[^\]]*\]|\{[^}]*\})/g) ?? [],
  );

describe.each(MIGRATIONS.map((migration) => [migration.to, migration] as const))("the step to schema %i", (to, { up, down }) => {
  it("changes what older versions have written, once, and its way back gives exactly that again", () => {
    const items = written(to - 1);
    const migrated = items.map(up);
    expect(migrated).not.toEqual(items);
    for (const [n, item] of migrated.entries()) {
      expect(up(item)).toBe(item);
      expect(down(item)).toEqual(items[n]);
    }
    for (const item of items) expect(down(item)).toBe(item);
  });

  it("leaves the audit alone: it is signed as it was written", () => {
    for (const item of written(to - 1)) if (item.pk === "AUDIT") expect(up(item)).toBe(item);
  });
});

describe("data of an older version", () => {
  it("is backed up and brought along at the start, and means the same", async () => {
    const table = await tableOf(1);
    const store = new MemoryBlobStore();
    const backups = await idleBackups(table, store);
    await upgradeData({ table, logger: silentLogger }, backups);
    expect(await schemaVersion({ table })).toBe(NEWEST_SCHEMA);
    const control = await readControl({ table });
    expect(control).toMatchObject({ off: OFF, epoch: 1 });
    expect(moduleRuns(control, "advanced-automation")).toBe(false);
    expect((await backups.list()).items).toMatchObject([{ cause: "update", schema: 1 }]);
    await upgradeData({ table, logger: silentLogger }, backups);
    expect((await backups.list()).items).toHaveLength(1);
  });

  it("is no reason for a backup where there is none yet", async () => {
    const table = new MemoryTable();
    const backups = await idleBackups(table, new MemoryBlobStore());
    await upgradeData({ table, logger: silentLogger }, backups);
    expect(await schemaVersion({ table })).toBe(NEWEST_SCHEMA);
    expect((await backups.list()).items).toEqual([]);
  });

  it("comes along from a backup too, once it is proved to be what was backed up", async () => {
    const store = new MemoryBlobStore();
    const { id } = await (await idleBackups(await tableOf(1), store)).create({ who: LOCAL });
    const table = new MemoryTable();
    const backups = await idleBackups(table, store);
    await upgradeData({ table, logger: silentLogger }, backups);
    expect(await backups.restore(id, { who: LOCAL })).toMatchObject({ equal: true, backup: id });
    expect(await schemaVersion({ table })).toBe(NEWEST_SCHEMA);
    const items = (await table.scan()).items.filter(({ pk }) => pk.startsWith("CMD#"));
    expect(offIn(items)).not.toEqual([]);
    for (const off of offIn(items)) expect(off).toBe(`"off":${JSON.stringify(OFF)}`);
  });
});

describe("data of a newer version", () => {
  it("is refused, with what to do", async () => {
    const table = new MemoryTable();
    await table.put({ pk: "SYS", sk: "SCHEMA", v: 1, version: NEWEST_SCHEMA + 1 });
    const refused = await refuseNewerData({ table }).catch((error) => error);
    expect(refused).toMatchObject({ code: "QMOI_STORE_NEWER", remedy: "Install that version, or a later one." });
    // What would be kept of it could not be read again: nothing is.
    const backups = await idleBackups(table, new MemoryBlobStore());
    expect(await backups.create({ who: LOCAL }).catch((error) => error)).toMatchObject({ code: "QMOI_BACKUP_NEWER" });
  });
});

describe("update_system", () => {
  const update = async (unwell: boolean, more: Parameters<typeof masterLab>[2] = {}) => {
    const table = await tableOf(1);
    const backups = await idleBackups(table, new MemoryBlobStore());
    // It says that it is well as long as the data is not newer.
    const health = async () => {
      if (unwell && (await schemaVersion({ table })) > 1) throw new Error("can't read that");
      return {};
    };
    const lab = masterLab(table, [moduleThat("cloud-integration", health)], { backups, ...more });
    await lab.start();
    const command = { command: "update_system" } as const;
    const { confirm = "" } = await lab.commands.preview(command, { who: LOCAL });
    const view = await endOf(lab, (await give(lab, { ...command, confirm })).id);
    const { checks } = await lab.commands.verify(view.id);
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
    lab.close();
    await lab.log.close();
    return { table, view, backups };
  };

  it("brings the data along after a backup, with the last module", async () => {
    const { table, view, backups } = await update(false);
    expect(view).toMatchObject({ state: "succeeded" });
    expect(view.steps.filter(({ step }) => step === "act").at(-1)).toMatchObject({
      before: { schema: 1 },
      after: { schema: NEWEST_SCHEMA },
    });
    expect(await backups.show(view.evidence?.backup ?? "")).toMatchObject({ schema: 1, cause: "command" });
    expect(await readControl({ table })).toMatchObject({ off: OFF });
  });

  it("brings it back, step by step, when a module is not well with it", async () => {
    const { table, view } = await update(true);
    expect(view).toMatchObject({ state: "compensated", failure: { Error: "QMOI_MODULE_UNHEALTHY" } });
    expect(await schemaVersion({ table })).toBe(1);
    expect(await readControl({ table })).toMatchObject({ off: ["advanced-automation"] });
  });
});

describe("a migration", () => {
  it("that two processes carry out at the same time comes to the same", async () => {
    const table = await tableOf(1);
    await Promise.all([1, 2].map(() => migrate({ table }, MIGRATIONS, NEWEST_SCHEMA)));
    expect(await schemaVersion({ table })).toBe(NEWEST_SCHEMA);
    expect(await readControl({ table })).toMatchObject({ off: OFF });
  });
});
