import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, createClient, type MasterCommandAnswer } from "@qmoi/client";
import { readMasterKey, readServerInfo } from "@qmoi/local";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "qmoi-update-"));
const script = fileURLToPath(new URL("../../support/versioned.ts", import.meta.url));
const install = (version: string): void => writeFileSync(join(folder, "INSTALLED"), version);
install("1");
// Four processes load the same sources.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "qmoi-compiled") };
const first = spawn(process.execPath, [script, folder, "1"], { stdio: ["ignore", "pipe", "inherit"], env });
const ended = once(first, "exit");
afterAll(async () => {
  if (first.exitCode === null && first.signalCode === null) {
    first.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true });
});

/** Whoever serves now; asked again while nobody does. */
const asked = async <T>(ask: (client: Client) => Promise<T>, url: string): Promise<T> => {
  for (;;) {
    try {
      return await ask(createClient({ url, key: readMasterKey(folder) ?? "" }));
    } catch (error) {
      if ((error as { code?: string }).code !== "QMOI_UNREACHABLE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

const update = async (version: string, url: string): Promise<MasterCommandAnswer> => {
  install(version);
  const preview = await asked((client) => client.previewCommand({ command: "update_system" }), url);
  expect((preview.details as { moves: object[] }).moves).toContainEqual({
    wave: 2,
    module: "advanced-automation",
    name: "qmoi",
    from: "1",
    to: version,
  });
  const given = { command: "update_system", reason: `to ${version}`, confirm: preview.confirm ?? "" } as const;
  const { id } = await asked((client) => client.giveCommand(given, version), url);
  for (;;) {
    const view = await asked((client) => client.command(id), url);
    if (view.endedAt === null) await new Promise((resolve) => setTimeout(resolve, 50));
    else return view;
  }
};

it("a new process takes over from the old one, which comes back where the new one fails", async () => {
  const [url] = (await once(createInterface({ input: first.stdout as NodeJS.ReadableStream }), "line")) as [string];
  const pid = (): number | undefined => readServerInfo(folder)?.pid;
  expect(pid()).toBe(first.pid);

  // One that can't even start: nothing is let go of.
  expect(await update("broken", url)).toMatchObject({ state: "compensated", failure: { Error: "QMOI_UPDATE_UNAVAILABLE" } });
  expect(pid()).toBe(first.pid);

  // One that is not well once it serves: it gives everything back.
  const sick = await update("sick", url);
  expect(sick).toMatchObject({ state: "compensated", failure: { Error: "QMOI_MODULE_UNHEALTHY" } });
  expect(sick.steps.filter(({ step }) => step === "act").map(({ after }) => after)).toContainEqual({ version: { qmoi: "sick" } });
  expect(pid()).toBe(first.pid);

  // One that does well. What ran when it came has ended, once, in the old one.
  const work = {
    name: "w",
    tasks: [{ name: "a", target: { type: "process", command: "sh", args: ["-c", "sleep 1; echo . >> done"] } }],
  } as const;
  await asked((client) => client.publish(work), url);
  const { run } = await asked((client) => client.startRun({ workflow: "w" }), url);
  while ((await asked((client) => client.run(run), url)).tasks.running === 0);
  expect(await update("2", url)).toMatchObject({
    state: "succeeded",
    evidence: { report: { modules: { "master-automation": { before: { version: { qmoi: "1" } }, after: { version: { qmoi: "2" } } } } } },
  });
  expect(pid()).not.toBe(first.pid);
  expect(await asked((client) => client.run(run), url)).toMatchObject({ state: "succeeded" });
  expect(readFileSync(join(folder, "done"), "utf8")).toBe(".\n");

  // Whoever asks the first process to end ends all.
  const last = pid() as number;
  first.kill("SIGTERM");
  await ended;
  expect(() => process.kill(last, 0)).toThrow("ESRCH");
}, 180_000);
