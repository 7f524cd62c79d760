import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { measureHere } from "../speed/child.ts";
import type { OpenSubject } from "../speed/subject.ts";
import { connectionString } from "./postgres.ts";

/**
 * graphile-worker on PostgreSQL: it deletes completed jobs. `concurrency` jobs at a time, fetched `local` at a time (-1: one by one),
 * completed in batches gathered for `delay` ms (-1: one by one), added `insert` by one statement.
 */
const open: OpenSubject = async ({ concurrency = 24, local = 2000, delay = 0, insert = 2000, connections = 10 }, { servers }) => {
  const connection = await connectionString(servers);
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: connection, logger });
  await utils.migrate();
  const started: ((at: number) => void)[] = [];
  let queued = 0;
  const runner = await run({
    connectionString: connection,
    logger,
    noHandleSignals: true,
    concurrency,
    maxPoolSize: connections,
    pollInterval: 500,
    preset: {
      worker: {
        connectionString: connection,
        concurrentJobs: concurrency,
        maxPoolSize: connections,
        pollInterval: 500,
        ...(local > 0 ? { localQueue: { size: local } } : {}),
        completeJobBatchDelay: delay,
        failJobBatchDelay: delay,
      },
    },
    taskList: {
      noop: () => undefined,
      urgent: () => started.shift()?.(performance.now()),
      background: () => void queued--,
    },
  });
  const add = async (identifier: string, jobs: number, priority = 0): Promise<void> => {
    const adding: Promise<unknown>[] = [];
    for (let left = jobs; left > 0; left -= insert)
      adding.push(utils.addJobs(Array.from({ length: Math.min(insert, left) }, () => ({ identifier, payload: {}, priority }))));
    await Promise.all(adding);
  };
  return {
    independent: async (tasks) => {
      await add("noop", tasks);
      for (;;) {
        const open = await utils.withPgClient((client) => client.query("SELECT 1 FROM graphile_worker._private_jobs LIMIT 1"));
        if (open.rowCount === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    startOne: () =>
      new Promise((resolve, reject) => {
        started.push(resolve);
        utils.addJob("urgent", {}, { priority: -10 }).catch(reject);
      }),
    queue: async (tasks) => {
      queued += tasks;
      await add("background", tasks, 10);
    },
    get queued() {
      return queued;
    },
    close: async () => {
      await runner.stop();
      await utils.release();
    },
  };
};

await measureHere(open);
