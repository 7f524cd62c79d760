import { MemoryQueue, MemoryTable, MemoryTaskLogs, SystemClock, SystemRandom } from "@qmoi/adapters";
import { CHECKS, type Config, type WorkflowDocument } from "@qmoi/config";
import {
  type BlobStore,
  type Host,
  type Item,
  type Json,
  silentLogger,
  sleep,
  type TargetCall,
  type TargetResult,
  type TargetRunner,
} from "@qmoi/core";
import { type ControlPlane, createControlPlane, Engine, engineWorker, type Hint, type Ports, settingsOf } from "@qmoi/runtime";

export type Task = Partial<WorkflowDocument["tasks"][number]>;

/** What a lab's tasks do, in place of a process, a function or a request. */
export type Work = (call: TargetCall, lab: Lab) => Promise<TargetResult> | TargetResult;

export interface LabOptions {
  readonly work?: Work;
  readonly host?: Host;
  readonly runners?: readonly TargetRunner[];
  readonly training?: Ports["training"];
}

const ROOMY: Host = { available: () => ({ cpu: 1000, memory: 1e15, disk: 1e15 }), memoryUsed: () => 0 };
const DONE: TargetResult = { ok: true, output: null };

/** Long enough for a second task to start beside the first if it may. */
const TOGETHER_MS = 300;

/** A whole engine in memory under a configuration, whose targets only record what they were asked. */
export class Lab {
  readonly calls: TargetCall[] = [];
  readonly ports: Ports;
  readonly engine: Engine;
  readonly plane: ControlPlane;
  readonly table = new MemoryTable();
  readonly blobs = new Map<string, Uint8Array>();
  readonly clock = new SystemClock();
  /** Most calls under way at a time. */
  most = 0;
  #running = 0;

  constructor(config: Config, { work = () => DONE, host = ROOMY, runners = [], training }: LabOptions) {
    const record = (type: string): TargetRunner => ({ type, run: (call) => this.#run(call, work) });
    const all = [record("process"), record("function"), record("http"), ...runners];
    this.ports = {
      table: this.table,
      blobs: mapStore(this.blobs),
      logs: new MemoryTaskLogs(),
      hints: new MemoryQueue<Hint>(),
      secrets: { get: () => Promise.reject(new Error("no secrets here")) },
      targets: new Map(all.map((runner) => [runner.type, runner])),
      host,
      clock: this.clock,
      random: new SystemRandom(),
      logger: silentLogger,
      settings: settingsOf(() => config),
      checks: CHECKS,
      limits: () => ({}),
      ...(training ? { training } : {}),
    };
    this.engine = new Engine(this.ports, { id: "lab", worker: engineWorker });
    this.plane = createControlPlane(this.engine);
  }

  /** Publishes a workflow of these tasks and runs it to its end. */
  async run(tasks: readonly Task[]): Promise<string> {
    const run = await this.begin(tasks);
    await this.ended(run);
    return run;
  }

  async ended(run: string): Promise<void> {
    while (!["succeeded", "failed", "cancelled"].includes((await this.plane.run(run)).state)) await sleep(this.clock, 2);
    await this.engine.decider.settled();
  }

  async begin(tasks: readonly Task[]): Promise<string> {
    const target = { type: "process", command: "true" } as const;
    await this.plane.publish({ name: "w", tasks: tasks.map((task, index) => ({ name: `t${index}`, target, ...task })) });
    return (await this.plane.startRun({ workflow: "w" })).run;
  }

  /** Waits until as many calls are under way, but not for ever: they may not be allowed to. */
  async together(count: number): Promise<void> {
    for (let waited = 0; this.most < count && waited < TOGETHER_MS; waited += 5) await sleep(this.clock, 5);
  }

  /** Everything stored whose partition key begins so. */
  async items(prefix: string): Promise<readonly Item[]> {
    return (await this.table.scan()).items.filter(({ pk }) => pk.startsWith(prefix));
  }

  async #run(call: TargetCall, work: Work): Promise<TargetResult> {
    this.calls.push(call);
    this.most = Math.max(this.most, ++this.#running);
    try {
      return await work(call, this);
    } finally {
      this.#running--;
    }
  }
}

/** Runs an experiment in a lab of its own. */
export const inLab =
  (options: LabOptions, experiment: (lab: Lab) => Promise<unknown>) =>
  async (config: Config): Promise<unknown> => {
    const lab = new Lab(config, options);
    await lab.engine.start();
    try {
      return await experiment(lab);
    } finally {
      await lab.engine.stop();
    }
  };

const mapStore = (blobs: Map<string, Uint8Array>): BlobStore => ({
  put: async (key, bytes) => void blobs.set(key, bytes),
  get: async (key) => blobs.get(key),
  list: async () => [],
  delete: async (key) => void blobs.delete(key),
});

export const succeed = (output: Json): TargetResult => ({ ok: true, output });
