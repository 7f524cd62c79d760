import { DBOS } from "@dbos-inc/dbos-sdk";
import { measureHere } from "../speed/child.ts";
import type { OpenSubject } from "../speed/subject.ts";
import { connectionString } from "./postgres.ts";

const noop = async (): Promise<void> => undefined;

/**
 * DBOS Transact on PostgreSQL. A task is a workflow that `clients` start directly; a graph is a workflow of ten steps. `connections` in
 * its pool. Queued work goes through its queue, which looks every `poll` ms and runs `concurrency` at a time.
 */
const open: OpenSubject = async ({ clients = 50, connections = 20, poll = 50, concurrency = 50 }, { servers }) => {
  const started: ((at: number) => void)[] = [];
  let queued = 0;
  const single = DBOS.registerWorkflow(noop, { name: "single" });
  const urgent = DBOS.registerWorkflow(async () => started.shift()?.(performance.now()), { name: "urgent" });
  const background = DBOS.registerWorkflow(async () => void queued--, { name: "background" });
  const graph = DBOS.registerWorkflow(
    async () => {
      await DBOS.runStep(noop, { name: "a" });
      await Promise.all(Array.from({ length: 8 }, (_, n) => DBOS.runStep(noop, { name: `b${n}` })));
      await DBOS.runStep(noop, { name: "c" });
    },
    { name: "graph" },
  );
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: await connectionString(servers), systemDatabasePoolSize: connections, logLevel: "error" });
  await DBOS.launch();
  await DBOS.registerQueue("bench", { workerConcurrency: concurrency, minPollingIntervalMs: poll });
  const each = async (count: number, work: () => Promise<unknown>): Promise<void> => {
    let left = count;
    const client = async (): Promise<void> => {
      while (left-- > 0) await work();
    };
    await Promise.all(Array.from({ length: Math.min(clients, count) }, client));
  };
  return {
    // A called workflow resolves when its end is stored.
    independent: (tasks) => each(tasks, () => single()),
    graphs: (graphs) => each(graphs, () => graph()),
    startOne: () =>
      new Promise((resolve, reject) => {
        started.push(resolve);
        urgent().catch(reject);
      }),
    queue: async (tasks) => {
      queued += tasks;
      await each(tasks, () => DBOS.startWorkflow(background, { queueName: "bench" })());
    },
    get queued() {
      return queued;
    },
    close: () => DBOS.shutdown(),
  };
};

await measureHere(open);
