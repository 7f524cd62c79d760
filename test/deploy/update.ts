import { afterAll, expect, it } from "vitest";
import { lambdaRequest } from "./aws-request.ts";
import { commandEnded, commanded, type Deployed, deployDiff, endedRun, MINUTE, STAGE, startedRun } from "./deployed.ts";
import { newerCopy, removeCopy } from "./newer-copy.ts";
import { sst } from "./sst.ts";

/** A function's environment without what it needs: it fails at each start. */
const BROKEN = { NODE_OPTIONS: "--enable-source-maps" };

/** What a deploy and an update do to the versions of functions. */
export const updateScenes = (stage: () => Deployed): void => {
  let newer: string | undefined;
  /** The versions in force before the deploy. */
  let before: ReadonlyMap<string, number> = new Map();
  afterAll(async () => {
    if (newer !== undefined) await removeCopy(newer);
  });

  /** The version that each function's alias stands for, and those that it has. */
  const versions = async () => {
    const { port } = stage().aws;
    const { Functions } = await lambdaRequest(port, "GET", "?MaxItems=50");
    const own = (Functions as { FunctionName: string }[]).filter(({ FunctionName }) => FunctionName.startsWith(`qmoi-${STAGE}-`));
    const each = own.map(async ({ FunctionName: name }) => {
      const { FunctionVersion } = await lambdaRequest(port, "GET", `${name}/aliases/live`);
      const { Versions } = await lambdaRequest(port, "GET", `${name}/versions`);
      const published = (Versions as { Version: string }[]).map(({ Version }) => Number(Version)).filter(Number.isInteger);
      return [name.slice(`qmoi-${STAGE}-`.length), { live: Number(FunctionVersion), published }] as const;
    });
    return new Map(await Promise.all(each));
  };
  const live = async () => new Map([...(await versions())].map(([name, each]) => [name, each.live]));
  /** Functions with a version that is not in force yet. */
  const published = async () => [...(await versions())].filter(([, each]) => Math.max(...each.published) > each.live).map(([name]) => name);
  const health = async () => (await stage().as()("GET", "/v1/health")).body;
  const verified = async (id: string) =>
    expect((await stage().as("viewer")("GET", `/v1/commands/${id}/verification`)).body).toMatchObject({ holds: true });

  it.concurrent(
    "a deploy publishes versions and leaves what runs as it is",
    async () => {
      before = await live();
      const { version } = await health();
      newer = await newerCopy();
      await sst(["deploy", "--stage", STAGE], stage().aws.env, newer);
      expect(await live()).toEqual(before);
      expect((await health()).version).toBe(version);
      expect(await published()).toEqual(
        expect.arrayContaining(["api", "authorizer", "master", "decider", "task-runner", "intelligent-scheduler"]),
      );
    },
    8 * MINUTE,
  );

  it(
    "update_system moves to what was deployed wave by wave",
    async () => {
      const changed = await published();
      const { body } = await stage().as("master")("POST", "/v1/commands?preview=true", { command: "update_system" });
      const moves = body.details.moves as { wave: number; module: string; name: string; from: string; to: string }[];
      expect(moves.map(({ name }) => name).toSorted()).toEqual(changed.toSorted());
      expect(moves).toEqual(moves.toSorted((a, b) => a.wave - b.wave));
      expect(moves).toContainEqual(expect.objectContaining({ wave: 1, module: "master-automation", name: "master" }));
      expect(moves).toContainEqual(expect.objectContaining({ wave: 2, module: "advanced-automation", name: "decider" }));

      const view = await commanded(stage(), "update_system");
      expect((await health()).version).toBe("9.9.9");
      for (const [name, each] of await versions()) {
        expect([name, each.live]).toEqual([name, Math.max(...each.published)]);
        // It can go back to what ran before.
        expect(each.published).toContain(before.get(name));
      }
      const { modules } = view.evidence.report;
      expect(modules["master-automation"].before.version.api).toBe(String(before.get("api")));
      expect(modules["master-automation"].after.version.api).toBe(String((await live()).get("api")));
      await verified(view.id);
      const tasks = [{ name: "a", target: { type: "http", url: `${stage().work.url}/newer`, allowPrivate: true } }];
      expect(await endedRun(stage(), await startedRun(stage(), { name: "newer", tasks } as { name: string }))).toMatchObject({
        state: "succeeded",
      });
    },
    8 * MINUTE,
  );

  it(
    "moves every function back where one of them is not well",
    async () => {
      const { port } = stage().aws;
      /** Publishes a version of another environment; resolves with the one before. */
      const publish = async (name: string, change: (variables: object) => object): Promise<object> => {
        const full = `qmoi-${STAGE}-${name}`;
        const { Environment } = await lambdaRequest(port, "GET", `${full}/configuration`);
        await lambdaRequest(port, "PUT", `${full}/configuration`, { Environment: { Variables: change(Environment.Variables) } });
        await lambdaRequest(port, "POST", `${full}/versions`, {});
        return Environment.Variables;
      };
      const before = await live();
      for (const name of ["master", "api", "decider"]) await publish(name, (variables) => ({ ...variables, QMOI_LOG_LEVEL: "warn" }));
      const whole = await publish("intelligent-scheduler", () => BROKEN);
      const view = await commandEnded(stage(), "update_system");
      expect(view).toMatchObject({ state: "compensated", failure: { Error: "QMOI_MODULE_UNHEALTHY" } });
      const undone = view.evidence.steps.filter(({ step }: { step: string }) => step === "undo");
      expect(undone.map(({ module }: { module: string }) => module)).toEqual([
        "intelligent-scheduler",
        "advanced-automation",
        "master-automation",
      ]);
      expect(await live()).toEqual(before);
      expect(await health()).toMatchObject({ status: "ok" });
      await verified(view.id);
      // The next update finds a version that works again.
      await publish("intelligent-scheduler", () => whole);
    },
    6 * MINUTE,
  );

  // Beside what waits for ticks.
  it.concurrent(
    "tells what a deploy would change: nothing, when it is deployed",
    async () => {
      expect(await deployDiff(stage().aws, newer)).toContain("Diff: No changes");
    },
    4 * MINUTE,
  );
};
