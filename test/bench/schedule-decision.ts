import {
  type Contender,
  forecastWorkflow,
  graphOf,
  type OrderPolicy,
  POLICIES,
  RemainingWork,
  RunQueue,
  TaskHeap,
  WorkflowRanks,
} from "@qmoi/intelligent-scheduler";
import { SeededRandom } from "@qmoi/simulator";
import { readOptions } from "../../scripts/read-options.ts";
import { percentile } from "./schedule/statistics.ts";

const HELP = `What a decision costs with 10,000 tasks ready in one pool: a slot becomes free, the queue gives the next task, the run's place follows,
and the task that ends tells what remains of its run. Time goes on by 50 ms a decision, and by five seconds each hundredth, and with it scores age.

  node test/bench/schedule-decision.ts [--ready 10000] [--decisions 20000] [--json]`;

const { values } = readOptions(HELP, {
  ready: { type: "string", default: "10000" },
  decisions: { type: "string", default: "20000" },
  json: { type: "boolean", default: false },
});
const ready = Number(values.ready);
const decisions = Number(values.decisions);
const STEP_MS = 50;
const PAUSE_MS = 5000;
const PAUSE_EVERY = 100;

interface Run extends Contender {
  readonly heap: TaskHeap;
  readonly work: RemainingWork;
}

/** Independent tasks, so that as many are ready as there are. */
const runsOf = (count: number, policy: OrderPolicy): Run[] => {
  const random = new SeededRandom("runs");
  const tasks = ready / count;
  const graph = graphOf(Array.from({ length: tasks }, () => []));
  const ranks = new WorkflowRanks(graph);
  return Array.from({ length: count }, (_, run): Run => {
    const forecast = forecastWorkflow(
      graph,
      Array.from({ length: tasks }, () => random.between(1, 1000)),
    );
    const work = new RemainingWork(forecast);
    const ranked = {
      byRank: true,
      priority: () => 5,
      rank: (task: number) => ranks.declared[task] as number,
      forecastRank: (task: number) => forecast.rank[task] as number,
      readyAt: (task: number) => run + task,
      downstream: (task: number) => ranks.downstream[task] as number,
      upstream: (task: number) => ranks.upstream[task] as number,
    };
    const heap = new TaskHeap(ranked, policy);
    for (let task = 0; task < tasks; task++) heap.push(task);
    const demand = { run: String(run), workflow: "benchmark", priority: 5, createdAt: run, work };
    return { demand, ranked, heap, work };
  });
};

interface Row {
  readonly policy: string;
  readonly runs: number;
  /** Processor time, so that other work on the machine doesn't count; the rest is by the clock. */
  readonly meanCpuMs: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  /** The median of decisions after a pause of five seconds. */
  readonly afterPauseMs: number;
  readonly worstMs: number;
}

const measure = (policy: OrderPolicy, count: number): Row => {
  const queue = new RunQueue<Run>({ policy: () => policy, slots: () => 16, next: (run) => run.heap.peek() });
  let now = ready;
  for (const run of runsOf(count, policy)) queue.touch(run, now);
  const took: number[] = [];
  const paused: number[] = [];
  let cpuBegan = process.cpuUsage();
  for (let decision = 0; decision < decisions; decision++) {
    const isAfterPause = decision % PAUSE_EVERY === 0;
    now += isAfterPause ? PAUSE_MS : STEP_MS;
    if (decision === decisions / 10) cpuBegan = process.cpuUsage();
    const began = performance.now();
    let started: { readonly run: Run; readonly task: number } | undefined;
    queue.fill(now, (run, task) => {
      if (started) return "full";
      run.heap.pop();
      started = { run, task };
      return "started";
    });
    if (started) {
      // The task ends and another like it becomes ready, so that as many wait as before.
      const { run, task } = started;
      run.work.ended(task, 100);
      run.heap.push(task);
      queue.touch(run, now);
    }
    took.push(performance.now() - began);
    if (isAfterPause) paused.push(performance.now() - began);
  }
  const { user, system } = process.cpuUsage(cpuBegan);
  const warm = took.slice(took.length / 10);
  const meanMs = warm.reduce((sum, each) => sum + each, 0) / warm.length;
  return {
    policy: policy.name,
    runs: count,
    meanCpuMs: (user + system) / 1000 / warm.length,
    meanMs,
    p99Ms: percentile(warm, 0.99),
    afterPauseMs: percentile(paused.slice(paused.length / 10), 0.5),
    worstMs: Math.max(...warm),
  };
};

const rows = POLICIES.flatMap((policy) => [1, 100, ready].map((count) => measure(policy, count)));
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else {
  for (const { policy, runs, meanCpuMs, meanMs, p99Ms, afterPauseMs, worstMs } of rows) {
    const figures = [meanCpuMs, meanMs, p99Ms, afterPauseMs, worstMs].map((ms) => ms.toFixed(4).padStart(9)).join(" ");
    process.stdout.write(
      `${policy.padEnd(16)} ${String(runs).padStart(6)} runs: mean processor time, mean, P99, after 5 s of pause, worst ${figures} ms\n`,
    );
  }
}
