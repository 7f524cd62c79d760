// A server to be killed: runs the given shell scripts as process tasks and says when they have been started.

import { ProcessTarget } from "../process-target.ts";
import { ShimLock, shimsGone } from "../shim-lock.ts";
import { testCall } from "./calls.ts";

const [dataDir = "", ...scripts] = process.argv.slice(2);
await shimsGone(dataDir);
const target = new ProcessTarget({ baseEnv: { PATH: process.env.PATH ?? "" }, lock: ShimLock.open(dataDir) });
const runs = scripts.map((script) => target.run(testCall({ type: "process", command: "sh", args: ["-c", script] }).call));
process.stdout.write("started\n");
await Promise.all(runs);
