// A server on a data folder, for tests that kill it: prints its address once it works.
import { SystemClock } from "@qmoi/adapters";
import { openLocal, startLocalServer } from "@qmoi/local";

const [dataDir = ""] = process.argv.slice(2);
const server = await startLocalServer({
  dataDir,
  version: "test",
  clock: new SystemClock(),
  port: 0,
  open: (logger) => openLocal({ dataDir, logger, baseDir: dataDir }),
});
process.stdout.write(`${server.url}\n`);
process.on("SIGTERM", async () => {
  await server.system.drain();
  await server.close();
});
