import { expect, it } from "vitest";
import { commanded, type Deployed, endedRun, MINUTE, startedRun, until } from "./deployed.ts";

/** By when what was on its way has ended (ms). The emulator shares this machine with a deploy, and with what asks. */
const ON_ITS_WAY_MS = 2000;

/** What an emergency stop does to work. */
export const emergencyScenes = (stage: () => Deployed): void => {
  // Waits for ticks, while a newer version is deployed.
  it.concurrent(
    "stops everything at once by emergency_stop under load, and goes on where it was",
    async () => {
      const { work } = stage();
      const slow = Array.from({ length: 60 }, (_, n) => ({
        name: `s${n}`,
        resources: { pool: "narrow" },
        target: { type: "http", url: `${work.url}/slow/${n}`, allowPrivate: true },
      }));
      const times = (): readonly number[] => [...work.requests].filter(([path]) => path.startsWith("/slow/")).flatMap(([, at]) => at);
      const run = await startedRun(stage(), { name: "load", pools: { narrow: { slots: 6 } }, tasks: slow } as { name: string });
      await until(() => times().length >= 6);
      // The API hears of no grants: it reads them.
      const explained = async () => (await stage().as("viewer")("GET", `/v1/runs/${run}/tasks/s59`)).body.reasons[0];
      await until(async () => (await explained()).kind === "pool");
      const stop = await commanded(stage(), "emergency_stop");
      const stoppedAt = Date.parse(stop.evidence.controlAt);
      const late = times().filter((at) => at > stoppedAt + ON_ITS_WAY_MS);
      expect(late).toEqual([]);
      // Two ticks and every message that was on its way.
      await new Promise((resolve) => setTimeout(resolve, 70_000));
      expect(times().filter((at) => at > stoppedAt + ON_ITS_WAY_MS)).toEqual([]);
      expect(times().length).toBeLessThan(60);
      expect((await stage().as("viewer")("GET", "/v1/system")).body).toMatchObject({ mode: "stopped", emergency: true });
      await commanded(stage(), "start_all_modules");
      expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded", tasks: { succeeded: 60 } });
    },
    10 * MINUTE,
  );
};
