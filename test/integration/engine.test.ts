import type { WorkflowDocument } from "@qmoi/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, Laptop, sh, wait } from "../support/laptop.ts";

let laptop: Laptop;
/** How often each flaky task was called, by run and task. */
const calls = new Map<string, number>();
const began: string[] = [];

beforeAll(async () => {
  laptop = await Laptop.start(
    {
      flaky: (_, { run, task }) => {
        const count = (calls.get(`${run}/${task}`) ?? 0) + 1;
        calls.set(`${run}/${task}`, count);
        if (count < 3) throw new Error(`call ${count}`);
        return { count };
      },
      boom: () => {
        throw new Error("boom");
      },
      began: (_, { task }) => void began.push(task),
      big: () => "x".repeat(50_000),
      hang: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    },
    { PLANTED: "hunter2-secret" },
  );
});
afterAll(() => laptop.stop());

const quick = { attempts: 3, backoff: "constant", delay: 0, jitter: "none" } as const;
const never = { attempts: 1 } as const;
const states = (tasks: Record<string, { state: string }>): Record<string, string> =>
  Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, task.state]));

describe("graph", () => {
  it("runs needs on success, failure and always", async () => {
    const run = await laptop.run({
      name: "needs",
      tasks: [
        { name: "good", target: call("noop") },
        { name: "bad", retry: never, target: call("boom") },
        { name: "after-good", needs: ["good"], target: call("noop") },
        { name: "after-bad", needs: ["bad"], target: call("noop") },
        { name: "rescue", needs: [{ task: "bad", on: "failure" }], target: call("noop") },
        { name: "no-rescue", needs: [{ task: "good", on: "failure" }], target: call("noop") },
        {
          name: "cleanup",
          needs: [
            { task: "good", on: "always" },
            { task: "bad", on: "always" },
          ],
          target: call("noop"),
        },
        { name: "after-skipped", needs: ["after-bad"], target: call("noop") },
      ],
    });
    expect(run.state).toBe("failed");
    expect(states(run.tasks)).toEqual({
      good: "succeeded",
      bad: "failed",
      "after-good": "succeeded",
      "after-bad": "skipped",
      rescue: "succeeded",
      "no-rescue": "skipped",
      cleanup: "succeeded",
      "after-skipped": "skipped",
    });
    expect(run.tasks["after-good"]?.startSeq).toBeGreaterThan(run.tasks.good?.endSeq ?? Number.POSITIVE_INFINITY);
    const letters = await laptop.plane.deadLetters();
    expect(letters.items.find((letter) => letter.run === run.run)).toMatchObject({
      task: "bad",
      attempt: 1,
      failure: { class: "exception", message: expect.stringContaining("boom") },
    });
  });

  it("passes outputs on, small and large, and evaluates conditions and lists", async () => {
    const run = await laptop.run(
      {
        name: "data",
        inputs: { type: "object", properties: { names: { type: "array" } }, required: ["names"] },
        tasks: [
          { name: "list", payload: { names: "${{ inputs.names }}" }, target: call("echo") },
          {
            name: "each",
            needs: ["list"],
            forEach: { list: "tasks.list.output.names" },
            payload: { hello: "${{ item }} ${{ index }}" },
            target: call("echo"),
          },
          { name: "none", needs: ["list"], forEach: { list: "[]" }, target: call("echo") },
          { name: "big", target: call("big") },
          {
            name: "join",
            needs: ["each", "big", "none"],
            payload: { all: "${{ tasks.each.output }}", size: "${{ size(tasks.big.output) }}", none: "${{ tasks.none.output }}" },
            target: call("echo"),
          },
          { name: "no", needs: ["join"], when: "tasks.join.output.size < 1", target: call("noop") },
          { name: "yes", needs: ["join"], when: "size(tasks.join.output.all) == 2", target: call("noop") },
        ],
      },
      { inputs: { names: ["a", "b"] } },
    );
    expect(run.state).toBe("succeeded");
    expect(run.tasks.join?.output).toEqual({ all: [{ hello: "a 0" }, { hello: "b 1" }], size: 50_000, none: [] });
    expect(states(run.tasks)).toMatchObject({ no: "skipped", yes: "succeeded", "each[0]": "succeeded", "each[1]": "succeeded" });
    const { attempts } = await laptop.plane.explain(run.run, "big");
    expect(attempts[0]?.output).toBe("x".repeat(50_000));
  });

  it("fails a forEach whose list is no list or too long", async () => {
    const document: WorkflowDocument = {
      name: "lists",
      inputs: { type: "object", required: ["text", "long"] },
      tasks: [
        { name: "text", forEach: { list: "inputs.text" }, target: call("noop") },
        { name: "long", forEach: { list: "inputs.long", max: 2 }, target: call("noop") },
      ],
    };
    const run = await laptop.run(document, { inputs: { text: "abc", long: [1, 2, 3] } });
    expect(states(run.tasks)).toEqual({ text: "failed", long: "failed" });
    const messages = (await laptop.plane.deadLetters()).items
      .filter((letter) => letter.run === run.run)
      .map((letter) => letter.failure.message);
    expect(messages.sort()).toEqual([expect.stringContaining("3 elements"), expect.stringContaining("not a list")]);
  });
});

describe("failures", () => {
  it("tries again as the policy says and records each attempt", async () => {
    const run = await laptop.run({ name: "flaky", tasks: [{ name: "t", retry: quick, target: call("flaky") }] });
    expect(run.tasks.t).toMatchObject({ state: "succeeded", attempt: 3, output: { count: 3 } });
    const { items } = await laptop.plane.history({ run: run.run });
    expect(items.map((one) => [one.attempt, one.state])).toEqual([
      [3, "succeeded"],
      [2, "failed"],
      [1, "failed"],
    ]);
  });

  it("ends what runs longer than its timeout", async () => {
    const run = await laptop.run({ name: "slow", tasks: [{ name: "t", timeout: 0.05, retry: never, target: call("hang") }] });
    expect(run.tasks.t).toMatchObject({ state: "failed", failure: { class: "timeout" } });
  });

  it("ends what gives no sign of life", async () => {
    const run = await laptop.run({ name: "silent", tasks: [{ name: "t", heartbeat: 1, retry: never, target: call("hang") }] });
    expect(run.tasks.t).toMatchObject({ state: "failed", failure: { class: "heartbeat" } });
  });

  it("holds a task whose effect must happen once and whose outcome is unknown, until a person decides", async () => {
    const document = {
      name: "once",
      tasks: [
        { name: "t", effect: "once", timeout: 0.05, retry: quick, target: call("hang") },
        { name: "after", needs: ["t"], target: call("noop") },
      ],
    } satisfies WorkflowDocument;
    const run = await laptop.start(document);
    await laptop.until(run, ({ tasks }) => tasks.t?.state === "held");
    expect((await laptop.plane.explain(run, "t")).reasons[0]?.kind).toBe("held");
    await laptop.plane.settle(run, "t", "succeeded", "seen in the books");
    const ended = await laptop.ended(run);
    expect(states(ended.tasks)).toEqual({ t: "succeeded", after: "succeeded" });
    expect(ended.tasks.t?.attempt).toBe(2);
    await expect(laptop.plane.settle(run, "t", "failed")).rejects.toMatchObject({ code: "QMOI_TASK_NOT_HELD" });
  });

  it("runs again what failed on a redrive, and keeps what succeeded", async () => {
    const run = await laptop.run({
      name: "redriven",
      tasks: [
        { name: "ok", target: call("began") },
        { name: "t", needs: ["ok"], retry: { attempts: 2, delay: 0 }, target: call("flaky") },
        { name: "after", needs: ["t"], target: call("noop") },
      ],
    });
    expect(states(run.tasks)).toEqual({ ok: "succeeded", t: "failed", after: "skipped" });
    await laptop.plane.redrive(run.run);
    const again = await laptop.ended(run.run);
    expect(again.state).toBe("succeeded");
    expect(again.tasks.t?.attempt).toBe(3);
    expect(began.filter((task) => task === "ok")).toHaveLength(1);
    await expect(laptop.plane.redrive(run.run)).rejects.toMatchObject({ code: "QMOI_RUN_TERMINAL" });
  });
});

describe("control of a run", () => {
  it("cancels what runs and what waits, for good", async () => {
    const run = await laptop.start({
      name: "cancelled",
      tasks: [
        { name: "a", target: sh("sleep 30") },
        { name: "b", needs: ["a"], target: call("noop") },
        { name: "c", needs: [{ task: "a", on: "always" }], target: call("noop") },
      ],
    });
    await laptop.until(run, ({ tasks }) => tasks.a?.state === "running");
    await laptop.plane.cancel(run, "not needed");
    const ended = await laptop.ended(run);
    expect(ended).toMatchObject({ state: "cancelled", reason: "not needed" });
    expect(states(ended.tasks)).toEqual({ a: "cancelled", b: "cancelled", c: "cancelled" });
    expect((await laptop.plane.cancel(run)).state).toBe("cancelled");
    await expect(laptop.plane.pause(run)).rejects.toMatchObject({ code: "QMOI_RUN_TERMINAL" });
  });

  it("starts nothing while paused and goes on when resumed", async () => {
    const run = await laptop.start({
      name: "paused",
      tasks: [
        { name: "a", target: wait(0.2) },
        { name: "b", needs: ["a"], target: call("noop") },
      ],
    });
    await laptop.plane.pause(run);
    await laptop.until(run, ({ tasks }) => tasks.a?.state === "succeeded" || tasks.a?.state === "ready");
    expect((await laptop.plane.explain(run, "b")).reasons[0]?.kind).toBe("paused");
    await laptop.plane.resume(run);
    expect((await laptop.ended(run)).state).toBe("succeeded");
  });
});

describe("limits", () => {
  /** Most tasks that ran at the same time, by the recorded sequence numbers. */
  const mostAtOnce = (tasks: Record<string, { startSeq?: number; endSeq?: number }>): number => {
    const events = Object.values(tasks).flatMap(
      ({ startSeq = 0, endSeq = 0 }) =>
        [
          [startSeq, 1],
          [endSeq, -1],
        ] as const,
    );
    let now = 0;
    let most = 0;
    for (const [, step] of events.sort((a, b) => a[0] - b[0])) {
      now += step;
      most = Math.max(most, now);
    }
    return most;
  };
  const many = (count: number, more: object) => Array.from({ length: count }, (_, n) => ({ name: `t${n}`, target: wait(0.01), ...more }));

  it("keeps a workflow's own pool to its slots", async () => {
    const run = await laptop.run({ name: "pool", pools: { db: { slots: 3 } }, tasks: many(12, { resources: { pool: "db" } }) });
    expect(mostAtOnce(run.tasks)).toBe(3);
    expect(run.tasks.t0?.pool).toBe("pool/db");
  });

  it("keeps a concurrency key to its limit", async () => {
    const run = await laptop.run({ name: "keyed", tasks: many(8, { concurrency: { key: "k-${{ run.id }}", limit: 2 } }) });
    expect(mostAtOnce(run.tasks)).toBe(2);
  });

  it("keeps a rate", async () => {
    const run = await laptop.run({ name: "rated", tasks: many(6, { target: call("noop"), rate: { key: "r", limit: 2, per: 0.2 } }) });
    const starts = Object.values(run.tasks)
      .map((task) => task.startedAt ?? 0)
      .sort((a, b) => a - b);
    expect((starts[5] ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(350);
  });

  it("says why a task waits: its needs, its pool and by whom, its time", async () => {
    const run = await laptop.start({
      name: "explained",
      pools: { one: { slots: 1 } },
      tasks: [
        { name: "a", priority: 9, resources: { pool: "one" }, target: wait(0.3) },
        { name: "b", resources: { pool: "one" }, target: call("noop") },
        { name: "c", needs: ["a"], target: call("noop") },
        { name: "d", notBefore: 0.2, target: call("noop") },
      ],
    });
    await laptop.until(run, ({ tasks }) => tasks.a?.state === "running" && tasks.d?.state === "waiting");
    const kinds = await Promise.all(["a", "b", "c", "d"].map(async (task) => (await laptop.plane.explain(run, task)).reasons[0]));
    expect(kinds.map((reason) => reason?.kind)).toEqual(["running", "pool", "needs", "not-before"]);
    expect(kinds[1]?.by).toEqual([`${run}/0`]);
    expect(kinds[2]?.by).toEqual(["a"]);
    expect((await laptop.ended(run)).state).toBe("succeeded");
  });

  it("starts the more important task first", async () => {
    const run = await laptop.run({
      name: "order",
      pools: { one: { slots: 1 } },
      tasks: [3, 9, 5].map((priority) => ({ name: `p${priority}`, priority, resources: { pool: "one" }, target: call("noop") })),
    });
    const order = Object.values(run.tasks).sort((a, b) => (a.startSeq ?? 0) - (b.startSeq ?? 0));
    expect(order.map((task) => task.name)).toEqual(["p9", "p5", "p3"]);
  });

  it("starts what must end earlier first, in a run and between runs", async () => {
    const one = { resources: { pool: "one" }, target: call("noop") };
    const run = await laptop.run({
      name: "deadlines",
      pools: { one: { slots: 1 } },
      tasks: [{ name: "d", ...one }, ...[9, 3, 6].map((deadline) => ({ name: `d${deadline}`, deadline, ...one }))],
    });
    const order = Object.values(run.tasks).sort((a, b) => (a.startSeq ?? 0) - (b.startSeq ?? 0));
    expect(order.map((task) => task.name)).toEqual(["d3", "d6", "d9", "d"]);

    const block: WorkflowDocument = {
      name: "shared",
      deadline: 3600,
      pools: { one: { slots: 1 } },
      // Of one that must end in a minute, it has to begin soon.
      tasks: [{ name: "t", ...one, estimate: 40, target: wait(0.1) }],
    };
    const first = await laptop.start(block);
    await laptop.until(first, ({ tasks }) => tasks.t?.state === "running");
    const late = await laptop.start(block);
    const urgent = await laptop.start({ ...block, deadline: 60 });
    const [a, b] = [await laptop.ended(late), await laptop.ended(urgent)];
    expect(b.tasks.t?.startSeq).toBeLessThan(a.tasks.t?.startSeq ?? 0);
  });

  it("keeps a spawn budget", async () => {
    const document = { name: "budget", spawnBudget: { runs: 2, per: 3600 }, tasks: [{ name: "t", target: call("noop") }] };
    await laptop.run(document);
    await laptop.run(document);
    await expect(laptop.start(document)).rejects.toMatchObject({ code: "QMOI_SPAWN_BUDGET" });
  });
});

describe("definitions and runs", () => {
  it("publishes under the content's hash and keeps a run on the version it began with", async () => {
    const first = { name: "versioned", tasks: [{ name: "t", target: wait(0.1) }] };
    const one = await laptop.plane.publish(first);
    expect(await laptop.plane.publish(first)).toMatchObject({ version: one.version, created: false });
    const { run } = await laptop.plane.startRun({ workflow: "versioned" });
    const two = await laptop.plane.publish({ ...first, tasks: [...first.tasks, { name: "u", target: call("noop") }] });
    expect(two).toMatchObject({ number: 2, created: true });
    expect((await laptop.ended(run)).version).toBe(one.version);
    expect((await laptop.plane.versions("versioned")).items.map((version) => version.number)).toEqual([1, 2]);
    const old = await laptop.plane.startRun({ workflow: "versioned", version: one.version.slice(0, 8) });
    expect(old.version).toBe(one.version);
  });

  it("gives the same run for the same idempotency key and refuses another request under it", async () => {
    const document = { name: "idempotent", inputs: { type: "object" }, tasks: [{ name: "t", target: call("noop") }] };
    const run = await laptop.start(document, { idempotencyKey: "k1", inputs: { a: 1 } });
    expect(await laptop.plane.startRun({ workflow: "idempotent", idempotencyKey: "k1", inputs: { a: 1 } })).toMatchObject({
      run,
      created: false,
    });
    await expect(laptop.plane.startRun({ workflow: "idempotent", idempotencyKey: "k1", inputs: { a: 2 } })).rejects.toMatchObject({
      code: "QMOI_IDEMPOTENCY_MISMATCH",
    });
  });

  it("lists runs newest first, in pages, over all workflows and one", async () => {
    const document = { name: "listed", tasks: [{ name: "t", target: call("noop") }] };
    const started: string[] = [];
    for (let n = 0; n < 5; n++) started.push((await laptop.run(document)).run);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await laptop.plane.runs({ workflow: "listed", limit: 2, ...(after ? { after } : {}) });
      seen.push(...page.items.map((one) => one.run));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(seen).toEqual([...started].reverse());
    expect((await laptop.plane.runs({ limit: 3 })).items.map((one) => one.run)).toEqual(seen.slice(0, 3));
  });

  it("refuses what can't run here, and what is unknown", async () => {
    await expect(
      laptop.plane.publish({ name: "cloud", tasks: [{ name: "t", target: { type: "lambda", resource: "f" } }] }),
    ).rejects.toMatchObject({ code: "QMOI_TARGET_UNAVAILABLE", path: "$.tasks[0].target.type" });
    await expect(laptop.plane.run("nothing")).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
    await expect(laptop.plane.startRun({ workflow: "nothing" })).rejects.toMatchObject({ code: "QMOI_NOT_FOUND" });
  });
});

describe("processes", () => {
  it("captures output without the secrets in it, and measures what was used", async () => {
    const run = await laptop.run({
      name: "secret",
      tasks: [
        {
          name: "t",
          target: sh('echo "token $TOKEN"; echo "{\\"leak\\": \\"$TOKEN\\"}"', {
            env: { TOKEN: { secretRef: "env:PLANTED" } },
            output: "text",
          }),
        },
      ],
    });
    const chunks = (await laptop.plane.logs(run.run, "t")).items.map((chunk) => chunk.text).join("");
    expect(chunks).toContain("token ***");
    const everything = JSON.stringify([
      run,
      chunks,
      await laptop.plane.history({ run: run.run }),
      await laptop.plane.explain(run.run, "t"),
    ]);
    expect(everything).not.toContain("hunter2");
    const [attempt] = (await laptop.plane.history({ run: run.run })).items;
    expect(attempt?.use?.cpuSeconds).toBeGreaterThanOrEqual(0);
  });

  it("fails a task whose secret does not exist, before it begins", async () => {
    const run = await laptop.run({
      name: "missing",
      tasks: [{ name: "t", retry: never, target: sh("true", { env: { TOKEN: { secretRef: "env:NOT_THERE" } } }) }],
    });
    expect(run.tasks.t).toMatchObject({ state: "failed", failure: { code: "QMOI_SECRET_MISSING" } });
  });

  it("learns statistics per type", async () => {
    await laptop.run({
      name: "stats",
      tasks: Array.from({ length: 4 }, (_, n) => ({
        name: `t${n}`,
        type: "sleepy",
        retry: never,
        target: n === 0 ? call("boom") : wait(0.02),
      })),
    });
    const row = (await laptop.plane.stats({ by: "type" })).find((one) => one.group === "sleepy");
    expect(row).toMatchObject({ attempts: 4, succeeded: 3, failed: 1, successRate: 0.75 });
    expect(row?.p50).toBeGreaterThan(0.01);
  });
});
