type WorkerThreads = typeof import("node:worker_threads");
type Sqlite = typeof import("node:sqlite");

/**
 * The text of a worker thread whose body is a function: bundled or not, it needs no file of its own. The body may refer to nothing outside of
 * itself. `__name` is what bundlers that keep function names wrap functions in.
 */
export const workerSource = (body: (threads: WorkerThreads, sqlite: Sqlite) => void): string =>
  `const __name = (fn) => fn; (${body.toString()})(require("node:worker_threads"), require("node:sqlite"));`;
