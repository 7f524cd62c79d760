import { MemoryBlobStore, MemoryTable, SystemClock, SystemRandom } from "@qmoi/adapters";
import type { Config } from "@qmoi/config";
import { hasCode, LOCAL, silentLogger } from "@qmoi/core";
import { type ApiEvent, authorized, createApi } from "@qmoi/functions/api";
import { Idempotency } from "@qmoi/runtime";
import { StoredConfiguration } from "@qmoi/runtime/configuration";
import { apiEvent } from "../../support/api-event.ts";
import { bareEngine } from "../../support/bare-engine.ts";
import { endOf, give, type MasterLab, masterLab, moduleThat } from "../../support/master-lab.ts";
import type { Observable } from "../observable.ts";

const well = async (): Promise<Record<string, never>> => ({});
const sick = async (): Promise<never> => {
  throw new Error("sick");
};
const BY = { who: LOCAL };

/** What a master does under a configuration, with a scheduler beside the engine. */
const inMaster =
  (experiment: (lab: MasterLab) => Promise<unknown>, health = well as () => Promise<Record<string, never>>, clock = new SystemClock()) =>
  async (config: Config): Promise<unknown> => {
    const lab = masterLab(new MemoryTable(), [moduleThat("intelligent-scheduler", health)], { config: () => config }, clock);
    await lab.start();
    try {
      return await experiment(lab);
    } finally {
      lab.close();
      await lab.log.close();
    }
  };

const wavesOf = (command: "start_all_modules" | "stop_module"): Observable["observe"] =>
  inMaster(async ({ commands }) => {
    const parameters = command === "stop_module" ? { parameters: { module: "advanced-automation" as const } } : {};
    return (await commands.preview({ command, ...parameters } as Parameters<typeof commands.preview>[0], BY)).waves;
  });

/** How a start of everything ends when a module is sick. */
const startOfSick = inMaster(async (lab) => (await endOf(lab, (await give(lab, { command: "start_all_modules" })).id)).state, sick);

const taken = (command: "emergency_stop" | "run_health_check"): Observable["observe"] =>
  inMaster(async (lab) => {
    const given = await give(lab, { command }).catch((error) => error);
    return hasCode(given, "QMOI_COMMAND_DISABLED") ? "refused" : (await endOf(lab, given.id)).failure?.Error;
  });

/** When the master looks again at what is to be done. */
const looksAgain: Observable["observe"] = (config) => {
  const clock = new SystemClock();
  const asked: number[] = [];
  const after = clock.after.bind(clock);
  clock.after = (ms, fn) => {
    asked.push(ms);
    return after(ms, fn);
  };
  return inMaster(async () => asked.some((ms) => ms > 3 * 3_600_000), well, clock)(config);
};

/** What an operator and a master are answered who start a run that can't be. */
const statusesByRole = async (config: Config): Promise<unknown> => {
  const table = new MemoryTable();
  const { plane } = bareEngine(table, async () => ({ ok: true }));
  const audit = { append: async () => undefined, later: () => undefined };
  const [clock, random, blobs] = [new SystemClock(), new SystemRandom(), new MemoryBlobStore()];
  const ports = { table, clock, random, blobs, logger: silentLogger, audit };
  const configuration = Object.assign(await StoredConfiguration.open({ ...ports, readFile: () => undefined }), { current: () => config });
  const services = { audit, configuration, idempotency: new Idempotency(ports) } as unknown as Parameters<typeof createApi>[0]["services"];
  const api = createApi({ plane, services, version: "1", now: () => 0 });
  const ask = async (role: "operator" | "master", method: "GET" | "POST"): Promise<unknown> => {
    const event = apiEvent(method, "/v1/runs", method === "POST" ? { body: { workflow: "none" } } : {});
    return (await api(authorized(event as ApiEvent, { id: "k", kind: "key", role }))).statusCode;
  };
  return Promise.all([ask("operator", "GET"), ask("operator", "POST"), ask("master", "POST")]);
};

/** Two modules in one wave. */
const sideBySide: NonNullable<Observable["base"]> = { master: { modules: { "intelligent-scheduler": { needs: [], priority: 1 } } } };
const master = (settings: Readonly<Record<string, boolean | number>>): Observable["change"] => ({ master: settings });

/** What the master's own settings do. */
export const masterObservables: readonly Observable[] = [
  { leaf: "master.master_only_mode", change: master({ master_only_mode: true }), observe: statusesByRole },
  { leaf: "master.auto_coordination", change: master({ auto_coordination: false }), observe: wavesOf("stop_module") },
  {
    leaf: "master.max_concurrent_modules",
    base: sideBySide,
    change: master({ max_concurrent_modules: 1 }),
    observe: wavesOf("start_all_modules"),
  },
  { leaf: "master.health_monitoring", change: master({ health_monitoring: false }), observe: startOfSick },
  { leaf: "master.master_commands_enabled", change: master({ master_commands_enabled: false }), observe: taken("run_health_check") },
  { leaf: "master.emergency_stop_enabled", change: master({ emergency_stop_enabled: false }), observe: taken("emergency_stop") },
  {
    leaf: "master.modules.master-automation.schedule",
    change: { master: { modules: { "master-automation": { schedule: "rate(7 hours)" } } } },
    observe: looksAgain,
  },
];
