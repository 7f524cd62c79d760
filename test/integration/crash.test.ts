import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Attempt, Client, RunDetail } from "@qmoi/client";
import { afterAll, describe, expect, it } from "vitest";
import { sh } from "../support/laptop.ts";
import { Up } from "../support/up.ts";

const KILLS = Number(process.env.QMOI_KILLS ?? 10);
const SEED = Number(process.env.QMOI_SEED ?? Date.now() % 2 ** 31);
const folder = mkdtempSync(join(tmpdir(), "qmoi-crash-"));
let served: Up | undefined;
afterAll(async () => {
  await served?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** mulberry32 (Tommy Ettinger): enough to choose moments by a seed. */
const random = ((state: number) => () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
})(SEED);

/** Appends its key and attempt to the journal, synced, when it begins and when it ends. */
const journal = join(folder, "journal");
const work = (seconds: number) =>
  sh(
    'echo "begin $QMOI_TASK $QMOI_ATTEMPT" >> "$J" && sync "$J" && sleep "$S" && echo "end $QMOI_TASK $QMOI_ATTEMPT" >> "$J" && sync "$J"',
    {
      env: { J: journal, S: String(seconds) },
      output: "none",
    },
  );

// Enough that kills meet work; many kills need more of it.
const LAYERS = KILLS > 10 ? 12 : 6;
const WIDTH = 24;
const layered = {
  name: "crash",
  pools: { narrow: { slots: 5 } },
  retry: { attempts: 100, backoff: "constant", delay: 0, jitter: "none" },
  tasks: Array.from({ length: LAYERS * WIDTH }, (_, n) => {
    const [layer, place] = [Math.floor(n / WIDTH), n % WIDTH];
    const before = (shift: number): string => `t${(layer - 1) * WIDTH + ((place + shift) % WIDTH)}`;
    return {
      name: `t${n}`,
      ...(layer === 0 ? {} : { needs: [before(0), before(1), before(5)] }),
      ...(place % 3 === 0 ? { resources: { pool: "narrow", slots: 1 + (place % 2) } } : {}),
      ...(place % 8 === 7 ? { effect: "once" } : {}),
      target: work(0.02 + (n % 7) * 0.02),
    };
  }),
};

/** Decides as a person would who looks at the journal: a kill can fall between the record that a task begins and its beginning. */
const settleHeld = async (client: Client, run: string): Promise<void> => {
  for (const { name } of (await client.tasks(run, { state: "held" })).items) {
    const seen = existsSync(journal) && readFileSync(journal, "utf8").includes(`begin ${name} `);
    await client.settle(run, name, seen ? "succeeded" : "retry", seen ? "seen in the journal" : "not in the journal");
  }
};

const history = async (client: Client, run: string): Promise<Attempt[]> => {
  const attempts: Attempt[] = [];
  for (let after: string | undefined; ; ) {
    const page = await client.history({ run, limit: 500, ...(after === undefined ? {} : { after }) });
    attempts.push(...page.items);
    if (page.next === undefined) return attempts;
    after = page.next;
  }
};

describe(`a server killed ${KILLS} times (seed ${SEED})`, () => {
  it("loses nothing, accepts each completion once, and repeats only what was in flight", { timeout: 600_000 }, async () => {
    served = await Up.start({ data: folder });
    await served.client.publish(layered);
    let run = (await served.client.startRun({ workflow: "crash" })).run;
    const runs = [run];
    const kills: number[] = [];
    while (kills.length < KILLS) {
      await delay(80 + random() * 700);
      kills.push(Date.now());
      await served.kill();
      served = await Up.start({ data: folder });
      await settleHeld(served.client, run);
      if ((await served.client.run(run)).endedAt) {
        run = (await served.client.startRun({ workflow: "crash" })).run;
        runs.push(run);
      }
    }
    let detail: RunDetail = await served.client.run(run);
    for (; !detail.endedAt; detail = await served.client.run(run)) {
      await settleHeld(served.client, run);
      await delay(50);
    }
    expect(detail.state).toBe("succeeded");
    const lines = readFileSync(journal, "utf8").trim().split("\n");
    for (const each of runs) {
      const attempts = await history(served.client, each);
      expect((await served.client.run(each)).tasks).toMatchObject({ succeeded: layered.tasks.length });
      checkAttempts(attempts, kills);
    }
    if (runs.length === 1) checkJournal(lines);
    await served.stop();
    served = undefined;
    const db = new DatabaseSync(join(folder, "qmoi.db"));
    expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });
});

/** One success a task; every earlier attempt was void, or lost at a kill. */
const checkAttempts = (attempts: readonly Attempt[], kills: readonly number[]): void => {
  for (const task of layered.tasks) {
    const of = attempts.filter((one) => one.task === task.name).sort((a, b) => a.attempt - b.attempt);
    expect(of.map((one) => one.attempt)).toEqual(of.map((_, n) => n + 1));
    expect(of.filter((one) => one.state === "succeeded")).toHaveLength(1);
    for (const one of of) {
      if (one.state === "succeeded" || one.state === "void") continue;
      expect(one.failure?.class).toBe("lost");
      const [from, to] = [Date.parse(one.startedAt), Date.parse(one.endedAt ?? "")];
      expect(kills.some((kill) => from <= kill && kill <= to)).toBe(true);
    }
    for (const need of "needs" in task ? (task.needs ?? []) : []) {
      const parent = attempts.find((one) => one.task === need && one.state === "succeeded");
      expect(parent?.endSeq).toBeLessThan(Math.min(...of.map((one) => one.startSeq ?? Number.POSITIVE_INFINITY)));
    }
  }
};

/** The order of the synced lines: no attempt writes once a later one has begun, and what must happen once began once. */
const checkJournal = (lines: readonly string[]): void => {
  const latest = new Map<string, number>();
  for (const line of lines) {
    const [, task = "", attempt] = line.split(" ");
    expect(Number(attempt)).toBeGreaterThanOrEqual(latest.get(task) ?? 0);
    latest.set(task, Number(attempt));
  }
  for (const task of layered.tasks) {
    const begins = lines.filter((line) => line.startsWith(`begin ${task.name} `));
    expect(begins.length).toBeGreaterThanOrEqual(1);
    if ("effect" in task) expect(begins).toHaveLength(1);
  }
};
