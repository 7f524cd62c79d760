import { runningAttempts } from "./commands/running-attempts.ts";
import type { Engine } from "./engine.ts";
import type { SystemModule } from "./modules.ts";

/** The task engine as a module: advanced-automation. */
export const taskEngineModule = (engine: Engine): SystemModule => ({
  name: "advanced-automation",
  tick: () => engine.tick(),
  health: async () => {
    // Without a strong read nothing may start.
    await engine.readings.control(0);
    return { runs: engine.decider.runs.size, running: engine.worker.running.size };
  },
  optimize: async () => [{ what: "what has expired is deleted", figures: { items: await engine.retention.pass(true) } }],
  busy: async () => (await runningAttempts(engine)).running.length,
});
