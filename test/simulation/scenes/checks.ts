import { BIT } from "@qmoi/advanced-automation";
import { Scene, task } from "../scene.ts";
import type { SceneOf } from "./index.ts";

const BEYOND_THE_BOUND_MS = 700;

/** What a worker reads right before its claim is a while old when the claim could be sent: the inputs took long. */
const staleBeforeClaim =
  (change: (scene: Scene, run: string) => Promise<unknown>): SceneOf =>
  async (options) => {
    const scene = await Scene.open(options);
    const decider = await scene.decider("d");
    await scene.worker("w");
    const secret = scene.stop("w", "secret get");
    const target = { type: "process", command: "work", env: { KEY: { secretRef: "env:KEY" } } };
    const run = await scene.run(decider, { name: "stale", tasks: [task("a", { target })] });
    await scene.reached(secret);
    await change(scene, run);
    await scene.pass(BEYOND_THE_BOUND_MS);
    secret.go();
    await scene.pass(5_000);
    await scene.control("running");
    await scene.resumeAll(decider);
    return scene.verdict();
  };

/** A claim takes long; meanwhile the world changes, and the effect would begin on what was read before. */
const staleBeforeEffect =
  (change: (scene: Scene, run: string) => Promise<unknown>): SceneOf =>
  async (options) => {
    const scene = await Scene.open(options);
    const decider = await scene.decider("d");
    await scene.worker("w");
    const claim = scene.stop("w", "put attempt.claim");
    const run = await scene.run(decider, { name: "stale", tasks: [task("a")] });
    await scene.reached(claim);
    await change(scene, run);
    await scene.pass(BEYOND_THE_BOUND_MS);
    claim.go();
    await scene.pass(5_000);
    await scene.control("running");
    await scene.resumeAll(decider);
    return scene.verdict();
  };

/** The same, where one of the two things that a worker reads is as old as that, and the other one new. */
const oneStale =
  (label: "get control" | "get header"): SceneOf =>
  async (options) => {
    const scene = await Scene.open(options);
    const decider = await scene.decider("d");
    const { engine } = await scene.worker("w");
    const claim = scene.stop("w", "put attempt.claim");
    const run = await scene.run(decider, { name: "one", tasks: [task("a")] });
    await scene.reached(claim);
    const read = scene.stop("w", label);
    await scene.reached(read);
    await scene.pass(BEYOND_THE_BOUND_MS);
    // Somebody else on this worker reads: the one that is held is joined, the other one sent.
    void engine.readings.fresh(run).catch(() => undefined);
    await scene.pass(20);
    claim.go();
    await scene.pass(100);
    read.go();
    return scene.verdict();
  };

const stop = (scene: Scene): Promise<unknown> => scene.control("stopped");
const pause = (scene: Scene, run: string): Promise<unknown> => scene.done(scene.process("d").plane.pause(run));

/** A worker stood still between its claim and the effect, so long that its attempt was taken over. */
const tooLate: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: (_, name) => ({ ms: name === "b" ? [200_000, 200_000] : [100, 100] }) });
  const decider = await scene.decider("d");
  await scene.worker("w");
  const claim = scene.stop("w", "put attempt.claim");
  const other = task("b", { notBefore: 1, timeout: 300 });
  const run = await scene.run(decider, { name: "late", tasks: [task("a", { timeout: 1, retry: { attempts: 1 } }), other] });
  await scene.reached(claim);
  await scene.pass(9_000);
  const read = scene.stop("w", "get control");
  await scene.reached(read);
  await scene.pass(BEYOND_THE_BOUND_MS);
  claim.go();
  await scene.until(() => scene.bit(run, 0) === BIT.failed);
  read.go();
  return scene.verdict();
};

/** Work that goes on for long is told to stop soon after its run was cancelled, or the system stopped and what runs discarded. */
const aborted =
  (change: (scene: Scene, run: string) => Promise<unknown>): SceneOf =>
  async (options) => {
    const scene = await Scene.open({ ...options, profile: () => ({ ms: [40_000, 40_000] }) });
    const decider = await scene.decider("d");
    await scene.worker("w");
    const run = await scene.run(decider, { name: "abort", tasks: [task("a", { timeout: 60, retry: { attempts: 1 } })] });
    const { running } = scene.cluster.executors;
    await scene.until(() => running.size > 0);
    await change(scene, run);
    await scene.pass(5_000);
    const goesOn = running.size > 0 ? "work goes on 5 s after it should have been aborted" : undefined;
    await scene.control("running");
    return (await scene.verdict()) ?? goesOn;
  };

/** A claim has no answer and wasn't stored; another worker's was. */
const claimOfAnother: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ ms: [30_000, 30_000] }) });
  const decider = await scene.decider("d");
  await scene.worker("w");
  const claim = scene.stop("w", "put attempt.claim");
  await scene.run(decider, { name: "claim", tasks: [task("a", { timeout: 60 })] });
  await scene.reached(claim);
  const other = await scene.worker("x");
  void other.engine.worker.handle(scene.hints[0]!);
  await scene.until(() => scene.cluster.executors.running.size > 0);
  claim.lose(false);
  return scene.verdict();
};

/** A person's decision has no answer and wasn't stored; meanwhile another person decided. */
const decisionOfAnother: SceneOf = async (options) => {
  const scene = await Scene.open({ ...options, profile: () => ({ failures: 9, failsWith: "network" }) });
  const one = await scene.decider("d");
  const other = await scene.decider("e");
  await scene.worker("w");
  const run = await scene.run(one, { name: "settle", tasks: [task("a", { effect: "once" })] });
  await scene.until(() => scene.bit(run, 0) === 3);
  const put = scene.stop("d", "put attempt.settle");
  const first = one.plane.settle(run, "a", "failed");
  await scene.reached(put);
  await scene.done(other.plane.settle(run, "a", "succeeded"));
  put.lose(false);
  const answer = await scene.done(first);
  return (await scene.verdict()) ?? (answer instanceof Error ? undefined : "a decision was confirmed that another one stands for");
};

/** A check of the engine's source that allows a claim or an effect, or tells one's own write from another's, and the scenes that need it. */
export interface Check {
  readonly file: string;
  /** The check as it stands in the source, once, and what is left without it. */
  readonly from: string;
  readonly to: string;
  readonly scenes: readonly SceneOf[];
}

export const CHECKS: Readonly<Record<string, Check>> = {
  "reading before the claim": {
    file: "worker.ts",
    from: "while (!this.#mayBegin(hint, running)) if (!(await this.#isAllowed(hint, running))) return;",
    to: "",
    scenes: [staleBeforeClaim(stop)],
  },
  "reading before the effect": {
    file: "worker.ts",
    from: "while (!this.#mayBegin(hint, running, beginBy)) {",
    to: "while (false) {",
    scenes: [staleBeforeEffect(stop)],
  },
  "age of the control item": {
    file: "readings.ts",
    from: "now - this.#control.at > CONTROL_BOUND_MS",
    to: "false",
    scenes: [oneStale("get control")],
  },
  "age of the run's header": {
    file: "readings.ts",
    from: "now - header.at > CONTROL_BOUND_MS",
    to: "false",
    scenes: [oneStale("get header")],
  },
  "mode of the control item": {
    file: "readings.ts",
    from: 'moduleRuns(control, "advanced-automation")',
    to: "true",
    scenes: [staleBeforeEffect(stop)],
  },
  "state of the run": {
    file: "readings.ts",
    from: 'header?.st === "running"',
    to: "true",
    scenes: [staleBeforeEffect(pause)],
  },
  "time since the claim": {
    file: "worker.ts",
    from: "const beginBy = ports.clock.monotonic() + BEGIN_MS;",
    to: "const beginBy = Number.POSITIVE_INFINITY;",
    scenes: [tooLate],
  },
  "cancel while it runs": {
    file: "stop-elsewhere.ts",
    from: '(header.st !== "running" && header.st !== "paused")',
    to: "false",
    scenes: [aborted((scene, run) => scene.done(scene.process("d").plane.cancel(run)))],
  },
  "discard while it runs": {
    file: "stop-elsewhere.ts",
    from: 'moduleDiscards(control, "advanced-automation")',
    to: "false",
    scenes: [aborted((scene) => scene.control("stopped", true))],
  },
  "token of a claim without an answer": {
    file: "claim.ts",
    from: "stored?.tk === item.tk",
    to: "stored",
    scenes: [claimOfAnother],
  },
  "token of a decision without an answer": {
    file: "plane/index.ts",
    from: "stored?.tk === token",
    to: "stored",
    scenes: [decisionOfAnother],
  },
};

/** What a check looks like in the source, by file: each find is one. */
export const CHECK_PATTERNS: readonly (readonly [file: string, pattern: RegExp])[] = [
  ["worker.ts", /!this\.#mayBegin\(/g],
  ["worker.ts", /= ports\.clock\.monotonic\(\) \+ BEGIN_MS/g],
  ["stop-elsewhere.ts", /header\.st !== "running"/g],
  ["stop-elsewhere.ts", /moduleDiscards\(/g],
  ["claim.ts", /\.tk === /g],
  ["readings.ts", /\.at > CONTROL_BOUND_MS/g],
  ["readings.ts", /moduleRuns\(|=== "running"/g],
  ["plane/index.ts", /\.tk === /g],
];
