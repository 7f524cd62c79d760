import { FlowProducer, Queue, Worker } from "bullmq";
import { measureHere } from "../speed/child.ts";
import type { OpenSubject } from "../speed/subject.ts";
import { Countdown } from "./countdown.ts";

const QUEUE = "bench";

/** BullMQ on Redis. `concurrency` of one worker, `batch` jobs added at a time, `keep`: completed jobs stay, as history. */
const open: OpenSubject = async ({ concurrency = 100, batch = 1000, keep = 1 }, { servers }) => {
  const connection = { host: "127.0.0.1", port: servers.redis?.port ?? 0, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection, defaultJobOptions: { removeOnComplete: keep === 0 } });
  const flows = new FlowProducer({ connection });
  const completed = new Countdown();
  const started: ((at: number) => void)[] = [];
  let queued = 0;
  const after = { name: "c", queueName: QUEUE, opts: { removeOnComplete: keep === 0 } };
  const side = { name: "b", queueName: QUEUE, opts: { removeOnComplete: keep === 0 } };
  const rest = { ...after, children: Array.from({ length: 8 }, () => side) };
  const worker = new Worker(
    QUEUE,
    async (job) => {
      if (job.name === "urgent") started.shift()?.(performance.now());
      else if (job.name === "background") queued--;
      // A flow is a tree: eight tasks can't wait for one, so the first adds the others.
      else if (job.name === "a") await flows.add(rest);
    },
    { connection, concurrency },
  );
  worker.on("completed", () => completed.tick());
  await worker.waitUntilReady();
  const add = async (name: string, jobs: number, opts = {}): Promise<void> => {
    const adding: Promise<unknown>[] = [];
    for (let left = jobs; left > 0; left -= batch)
      adding.push(queue.addBulk(Array.from({ length: Math.min(batch, left) }, () => ({ name, data: {}, opts }))));
    await Promise.all(adding);
  };
  return {
    independent: async (tasks) => {
      const done = completed.after(tasks);
      await add("noop", tasks);
      await done;
    },
    graphs: async (graphs) => {
      const done = completed.after(graphs * 10);
      await add("a", graphs);
      await done;
    },
    startOne: () =>
      new Promise((resolve, reject) => {
        started.push(resolve);
        // Jobs without a priority go before those that have one.
        queue.add("urgent", {}).catch(reject);
      }),
    queue: async (tasks) => {
      queued += tasks;
      await add("background", tasks, { priority: 10 });
    },
    get queued() {
      return queued;
    },
    close: async () => {
      await worker.close(true);
      await Promise.all([queue.close(), flows.close()]);
    },
  };
};

await measureHere(open);
