import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as api from "@qmoi/functions/api/command-answers";
import { type LocalServer, startLocalServer } from "@qmoi/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localOptions } from "../../local-options.ts";
import { runCli } from "../../testing/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "qmoi-command-"));
const data = join(folder, "data");
let server: LocalServer;
const qmoi = (line: string) => runCli([...line.split(" "), "--data", data]);
const json = async (line: string) => {
  const { code, out } = await qmoi(`${line} --json`);
  return { code, answer: JSON.parse(out) };
};

beforeAll(async () => {
  server = await startLocalServer({ ...localOptions({ data }), port: 0 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("qmoi command", () => {
  it("carries a command out, tells its evidence, and verifies it", async () => {
    const { code, answer } = await json("command run_health_check");
    expect(code).toBe(0);
    expect(api.commandAnswer.parse(answer)).toMatchObject({ command: "run_health_check", state: "succeeded", evidence: { epoch: 0 } });
    const verified = await json(`command verify ${answer.id}`);
    expect([verified.code, verified.answer.holds]).toEqual([0, true]);
    expect((await qmoi(`command show ${answer.id}`)).out).toContain("✓ No firing is late.");
  });

  it("previews without doing, and asks for a confirmation where something is lost", async () => {
    expect(api.previewAnswer.parse((await json("command stop_all_modules --preview")).answer)).toMatchObject({
      waves: [["intelligent-scheduler"], ["advanced-automation"], ["master-automation"]],
      affected: { running: 0, queued: 0, runs: 0 },
    });
    expect((await qmoi("command update_system")).err).toContain("QMOI_CONFIRMATION_REQUIRED");
    const { code, answer } = await json("command update_system --yes");
    expect([code, answer.state]).toEqual([0, "succeeded"]);
  });

  it("says what a restore brings back, and what it came to", async () => {
    const { answer: backup } = await json("backup create");
    const preview = await json(`command restore_system --backup ${backup.id} --preview`);
    expect(preview.answer.details).toMatchObject({ backup: { id: backup.id, at: backup.at, finishedAt: backup.finishedAt }, runsLost: 0 });
    const { code, out, err } = await qmoi(`command restore_system --backup ${backup.id} --yes`);
    expect(code).toBe(0);
    expect(err).toMatch(/ backup +of what is there now, by the restore itself\n/);
    expect(err).toMatch(/ restores +\d+ items of .*\n +loses +0 runs begun since\n/);
    expect(out).toMatch(new RegExp(`restored +.*equal to backup ${backup.id}`));
    const told = err.split("\n").filter((line) => line !== "");
    expect(told).toEqual([...new Set(told)]);
    expect((await qmoi("command optimize_system")).out).toContain("advanced-automation: what has expired is deleted (items 0)");
  });

  it("exits 1 and says why when a command is refused, and 2 when it is not understood", async () => {
    const refused = await qmoi("command start_module --module cloud-integration");
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("QMOI_MODULE_NOT_BUILT");
    expect((await qmoi("command stop_module")).code).toBe(2);
    expect((await qmoi("command stop_all_modules --priority 11")).code).toBe(2);
  });

  it("stops by the table alone where no server answers; the next server writes the record and shows the state until it is lifted", async () => {
    await qmoi("config set master.emergency_stop_enabled false");
    await server.close();
    expect(await qmoi("command emergency_stop")).toMatchObject({ code: 1, err: expect.stringContaining("QMOI_COMMAND_DISABLED") });
    await qmoi("config set master.emergency_stop_enabled --default");
    const { code, answer } = await json("command emergency_stop --reason fire");
    expect([code, answer.state, answer.evidence.control.after]).toEqual([0, "succeeded", { mode: "stopped" }]);
    server = await startLocalServer({ ...localOptions({ data }), port: 0 });
    expect((await qmoi("runs")).err).toContain("emergency stop by local: fire");
    expect((await json("command start_all_modules")).answer).toMatchObject({
      state: "refused",
      failure: { Error: "QMOI_REASON_REQUIRED" },
    });
    expect((await json("command start_all_modules --reason over")).answer).toMatchObject({ state: "succeeded" });
    expect((await json(`command show ${answer.id}`)).answer).toMatchObject({ command: "emergency_stop", state: "succeeded" });
    expect((await qmoi("runs")).err).not.toContain("emergency");
    await server.close();
  });
});
