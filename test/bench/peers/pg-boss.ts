import { PgBoss } from "pg-boss";
import { measureHere } from "../speed/child.ts";
import type { OpenSubject } from "../speed/subject.ts";
import { connectionString } from "./postgres.ts";

const QUEUE = "bench";

/**
 * pg-boss on PostgreSQL. `batch` jobs are fetched and completed at a time by each of `workers`; `insert` jobs are stored by one statement;
 * `listen`: idle workers are woken by NOTIFY instead of looking every half second. What a flow's jobs wait for is looked at by a background
 * pass every 5 s; here one pass follows the other after `pause` ms, and wakes the workers.
 */
const open: OpenSubject = async ({ batch = 1000, workers = 2, insert = 2000, listen = 1, connections = 10, pause = 5 }, { servers }) => {
  const boss = new PgBoss({
    connectionString: await connectionString(servers),
    max: connections,
    supervise: false,
    schedule: false,
    useListenNotify: listen === 1,
  });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE, { notify: listen === 1 });
  const started: ((at: number) => void)[] = [];
  let queued = 0;
  const worker = await boss.work<{ kind: string }>(
    QUEUE,
    { batchSize: batch, localConcurrency: workers, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5, burstWhenBatchFull: batch > 1 },
    async (jobs) => {
      for (const { data } of jobs) {
        if (data.kind === "urgent") started.shift()?.(performance.now());
        else if (data.kind === "background") queued--;
      }
    },
  );
  const add = async (kind: string, jobs: number, priority = 0): Promise<void> => {
    const adding: Promise<unknown>[] = [];
    for (let left = jobs; left > 0; left -= insert)
      adding.push(boss.insert(QUEUE, Array.from({ length: Math.min(insert, left) }, () => ({ data: { kind }, priority }))));
    await Promise.all(adding);
  };
  /** The state is what is stored: the handler's end is not yet a completion. */
  const allCompleted = async (): Promise<void> => {
    for (;;) {
      const { rows } = await boss.getDb().executeSql("SELECT count(*)::int AS open FROM pgboss.job WHERE state < 'completed'");
      if (rows[0].open === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const name = QUEUE;
  return {
    independent: async (tasks) => {
      await add("noop", tasks);
      await allCompleted();
    },
    graphs: async (graphs) => {
      const adding: Promise<unknown>[] = [];
      const each = Math.max(1, Math.floor(insert / 10));
      for (let from = 0; from < graphs; from += each) {
        const jobs = [];
        for (let g = from; g < Math.min(graphs, from + each); g++) {
          jobs.push({ ref: `a${g}`, name, data: { kind: "noop" } });
          const sides = Array.from({ length: 8 }, (_, n) => `b${g}.${n}`);
          for (const ref of sides) jobs.push({ ref, name, data: { kind: "noop" }, dependsOn: [`a${g}`] });
          jobs.push({ ref: `c${g}`, name, data: { kind: "noop" }, dependsOn: sides });
        }
        adding.push(boss.flow(jobs));
      }
      await Promise.all(adding);
      let over = false;
      const resolving = (async () => {
        while (!over) {
          await boss.resolveFlow();
          boss.notifyWorker(worker);
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      })();
      await allCompleted();
      over = true;
      await resolving;
    },
    startOne: () =>
      new Promise((resolve, reject) => {
        started.push(resolve);
        boss.send(QUEUE, { kind: "urgent" }, { priority: 10 }).catch(reject);
      }),
    queue: async (tasks) => {
      queued += tasks;
      await add("background", tasks);
    },
    get queued() {
      return queued;
    },
    close: () => boss.stop({ graceful: false }),
  };
};

await measureHere(open);
