import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMAND_NAMES, type CommandName } from "@qmoi/master-automation";
import { afterAll, describe, expect, it } from "vitest";

/** `all`: every command at every of its recorded steps; otherwise two of them, by the seed. */
const ALL = process.env.QMOI_COMMAND_KILLS === "all";
const SEED = Number(process.env.QMOI_SEED ?? Date.now() % 2 ** 31);
const script = fileURLToPath(new URL("../../support/dying-command.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "qmoi-kill-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Said {
  readonly before?: { readonly state: string; readonly failure?: unknown; readonly bad: readonly unknown[]; readonly restore?: unknown };
  /** How its own command ended; absent if the process died first. */
  readonly ended?: string;
}

/** One process on the folder: what it said, and whether it was killed. */
const run = (trial: object): Promise<Said & { readonly killed: boolean }> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "qmoi-compiled") };
    execFile(process.execPath, [script, folder, JSON.stringify(trial)], { env }, (error, stdout, stderr) => {
      const said = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Said]));
      if (!error || error.signal === "SIGKILL") resolve({ ...Object.assign({}, ...said), killed: error !== null });
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });

let trials = 0;
let died: { readonly command: CommandName; readonly key: string; readonly at: number } | undefined;

/** A process that goes on after the last death, and then dies at one step of a command; false if that ended before. */
const kill = async (command: CommandName, at: number): Promise<boolean> => {
  const next = { command, key: `trial-${++trials}`, at };
  const said = await run(died ? { before: died, next } : { next });
  if (died) {
    const about = `${died.command}, killed at its write ${died.at} (seed ${SEED})`;
    expect(said.before, about).toEqual({ state: "succeeded", bad: [] });
  }
  died = said.killed ? next : undefined;
  if (!said.killed) expect(said.ended, `${command}, not killed`).toBe("succeeded");
  return said.killed;
};

describe("a command whose process is killed at a recorded step", () => {
  const sample = [0, 1].map(
    (n) => [COMMAND_NAMES[(SEED + 7 * n) % COMMAND_NAMES.length] as CommandName, 1 + (((SEED >> 3) + 5 * n) % 6)] as const,
  );

  it.runIf(!ALL)(
    `goes on to its end: ${sample.map(([command, at]) => `${command} at ${at}`).join(", ")}`,
    async () => {
      for (const [command, at] of sample) await kill(command, at);
      await kill("backup_system", 0);
    },
    120_000,
  );

  it.runIf(ALL).each(COMMAND_NAMES)(
    "goes on to its end: %s at each",
    async (command) => {
      let at = 1;
      while (await kill(command, at)) at++;
      // Acceptance, choice, plan, begin and end of a step, the end, and the next choice; an emergency stop has only the stop, acceptance and end.
      expect(at - 1).toBeGreaterThanOrEqual(command === "emergency_stop" ? 3 : 6);
      console.log(`${command}: killed at ${at - 1} writes`);
    },
    900_000,
  );
});
