// A server that can be updated, for tests: `versioned.ts <data folder> <version>`. What is installed now stands in the folder's file
// INSTALLED; the version `sick` has a module that is not well, and `broken` ends before it has started.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SystemClock } from "@qmoi/adapters";
import { Handover, openLocal, Predecessor, Successor, serveInTurn, startLocalServer } from "@qmoi/local";
import { moduleThat } from "./master-lab.ts";

const [dataDir = "", version = ""] = process.argv.slice(2);
const installed = (): string => readFileSync(join(dataDir, "INSTALLED"), "utf8");
if (version === "broken") process.exit(7);

const predecessor = Predecessor.find();
const from = predecessor ? { predecessor } : {};
const handover = new Handover({ version, installed, ...from });
const end = new AbortController();
process.on("SIGTERM", () => end.abort());
const health = async (): Promise<Record<string, never>> => {
  if (version === "sick") throw new Error("sick");
  return {};
};
await serveInTurn({
  version,
  handover,
  ...from,
  port: 0,
  ends: { first: AbortSignal.any([end.signal, ...(predecessor ? [predecessor.ends.first] : [])]), second: new AbortController().signal },
  serve: (port) =>
    startLocalServer({
      dataDir,
      version,
      clock: new SystemClock(),
      port,
      open: (logger) =>
        openLocal({
          dataDir,
          logger,
          baseDir: dataDir,
          version,
          releases: handover,
          modules: [moduleThat("cloud-integration", health)],
          paces: { waitMs: 50, retryMs: 10 },
        }),
    }),
  start: () => Successor.start({ command: process.execPath, args: [process.argv[1] as string, dataDir, installed()] }, version),
  whenUp: async ({ url }) => void process.stdout.write(`${url}\n`),
});
predecessor?.forget();
