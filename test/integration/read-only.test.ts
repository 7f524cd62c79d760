import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { codeOf, endOf, FaultsLab, SOUND, until } from "../support/faults-lab.ts";
import { boundByModes, missingModes, setWritable } from "../support/file-modes.ts";
import { missingSmallDisk } from "../support/small-disk.ts";
import { suite } from "../support/suite.ts";

const lab = new FaultsLab();

afterEach(() => lab.close());

suite("a read-only disk", missingSmallDisk, () => {
  it("is told with what to do, by a server and by a command that only looks", async () => {
    const where = await lab.openOnDisk();
    await (await lab.start(where)).stop();
    const before = readFileSync(join(where.seenAs, "qmoi.db"));
    lab.disk?.makeReadOnly();
    for (const args of [["up", "--port", "0"], ["runs"], ["up", "--port", "0", "--data", join(String(lab.disk?.folder), "new")]]) {
      const { code, error, stdout } = await lab.ended(args.includes("--data") ? args : [...args, "--data", where.data], where.prefix);
      expect({ code, stdout, error: error.code }).toEqual({ code: 1, stdout: "", error: "QMOI_STORE_READ_ONLY" });
      expect(error.remedy).toMatch(/permission/);
    }
    expect(readFileSync(join(where.seenAs, "qmoi.db")).equals(before)).toBe(true);
  });
});

suite("a read-only folder", missingModes, () => {
  const store = (): Buffer => readFileSync(join(lab.data, "qmoi.db"));

  /** A store with one run that has succeeded. */
  const used = async (): Promise<string> => {
    lab.open();
    const up = await lab.start({ prefix: boundByModes });
    await up.client.publish(lab.chain(0));
    const { run } = await up.client.startRun({ workflow: "chain" });
    await endOf(up.client, run);
    await up.stop();
    return run;
  };

  it.each([
    ["the folder, with what it holds", () => setWritable(lab.data, false)],
    ["the folder alone", () => chmodSync(lab.data, 0o500)],
    ["the store's file alone", () => chmodSync(join(lab.data, "qmoi.db"), 0o400)],
  ])("is told by a server and by a command that only looks: %s; the next start finds everything", async (_, forbid) => {
    const run = await used();
    const before = store();
    forbid();
    for (const args of [["up", "--port", "0"], ["runs"]]) {
      const { code, error, stdout } = await lab.ended([...args, "--data", lab.data], boundByModes);
      expect({ code, stdout, error: error.code }).toEqual({ code: 1, stdout: "", error: "QMOI_STORE_READ_ONLY" });
      expect(String(error.path)).toContain(lab.data);
      expect(error.remedy).toMatch(/write permission on the data folder/);
    }
    expect(store().equals(before)).toBe(true);
    setWritable(lab.data, true);
    const again = await lab.start({ prefix: boundByModes });
    expect((await again.client.run(run)).state).toBe("succeeded");
  });

  it("in which a data folder can't be made is told with its path", async () => {
    lab.open();
    chmodSync(lab.folder, 0o500);
    const { code, error, stdout } = await lab.ended(["up", "--data", lab.data, "--port", "0"], boundByModes);
    chmodSync(lab.folder, 0o700);
    expect({ code, stdout, error: error.code }).toEqual({ code: 1, stdout: "", error: "QMOI_STORE_READ_ONLY" });
    expect(String(error.path)).toContain(lab.data);
    expect(existsSync(lab.data)).toBe(false);
  });

  it("under a server that runs loses nothing that it confirmed, and it goes on once it may write again", async () => {
    lab.open();
    const up = await lab.start({ prefix: boundByModes });
    await up.client.publish(lab.chain(0.3));
    const confirmed: string[] = [];
    const refused = new Set<string>();
    const begin = (): Promise<void> =>
      up.client.startRun({ workflow: "chain" }).then(
        ({ run }) => void confirmed.push(run),
        (error: unknown) => void refused.add(codeOf(error)),
      );
    for (let n = 0; n < 5; n++) await begin();
    await until(() => lab.lines("begin").length > 0);
    setWritable(lab.data, false);
    for (let n = 0; n < 5; n++) await begin();
    await delay(500);
    // What it has open it may go on to write; what it may not is said to be so, and nothing else.
    expect([...refused].filter((code) => code !== "QMOI_STORE_READ_ONLY")).toEqual([]);
    expect(up.isRunning).toBe(true);
    setWritable(lab.data, true);
    const failures: unknown[] = [];
    for (const run of confirmed) {
      if ((await endOf(up.client, run)).state === "succeeded") continue;
      failures.push(...(await up.client.history({ run })).items.flatMap(({ failure }) => failure ?? []));
      await up.client.redrive(run);
    }
    expect(failures).not.toEqual([]);
    for (const failure of failures) expect(failure).toMatchObject({ code: "EACCES", message: expect.stringContaining(lab.data) });
    for (const run of confirmed) expect((await endOf(up.client, run)).state).toBe("succeeded");
    expect(lab.lines("end").sort()).toEqual(confirmed.flatMap((run) => [`end ${run} a`, `end ${run} b`]).sort());
    await begin();
    expect((await up.stop()).code).toBe(0);
    expect(lab.integrity()).toEqual(SOUND);
  });
});
