import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { bucketOf, keysIn } from "./buckets.ts";
import { commanded, configured, type Deployed, endedRun, MINUTE, STAGE, startedRun, until } from "./deployed.ts";

const MACHINE = `arn:aws:states:us-east-1:000000000000:stateMachine:qmoi-${STAGE}-master-command`;

/** How the execution of a command ended in Step Functions. */
const executionOf = async ({ aws }: Deployed, command: string): Promise<string> => {
  const { executions } = await awsRequest(aws.port, "AWSStepFunctions.ListExecutions", { stateMachineArn: MACHINE });
  return executions.find(({ name }: { name: string }) => name === command)?.status;
};

/** What the master's commands do on a deployed stage. */
export const commandScenes = (stage: () => Deployed): void => {
  it(
    "takes commands from the master alone",
    async () => {
      const command = { command: "run_health_check", reason: "deploy test" };
      expect((await stage().as()("POST", "/v1/commands", command)).status).toBeGreaterThanOrEqual(401);
      for (const role of ["viewer", "operator"] as const)
        expect(await stage().as(role)("POST", "/v1/commands", command)).toMatchObject({ status: 403, body: { code: "QMOI_FORBIDDEN" } });
    },
    MINUTE,
  );

  it.each(["run_health_check", "stop_all_modules", "start_all_modules", "optimize_system", "update_system", "backup_system"])(
    "carries out %s by the state machine",
    async (command) => {
      const view = await commanded(stage(), command);
      await until(async () => (await executionOf(stage(), view.id)) !== "RUNNING");
      expect(await executionOf(stage(), view.id)).toBe("SUCCEEDED");
      const { body } = await stage().as("viewer")("GET", `/v1/commands/${view.id}/verification`);
      expect(body).toMatchObject({ holds: true });
    },
    8 * MINUTE,
  );

  it(
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
      const late = times().filter((at) => at > stoppedAt + 500);
      expect(late).toEqual([]);
      // Two ticks and every message that was on its way.
      await new Promise((resolve) => setTimeout(resolve, 70_000));
      expect(times().filter((at) => at > stoppedAt + 500)).toEqual([]);
      expect(times().length).toBeLessThan(60);
      expect((await stage().as("viewer")("GET", "/v1/system")).body).toMatchObject({ mode: "stopped", emergency: true });
      await commanded(stage(), "start_all_modules");
      expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded", tasks: { succeeded: 60 } });
    },
    10 * MINUTE,
  );

  it(
    "makes the backup that is due by itself, encrypted with a key of Parameter Store",
    async () => {
      const key = `qmoi-${STAGE}-backup-key`;
      await awsRequest(stage().aws.port, "AmazonSSM.PutParameter", { Name: `/${key}`, Value: "k".repeat(32), Type: "SecureString" });
      const settings = { schedule: "rate(1 minute)", encryptionKey: `ssm:/${key}` };
      const changes = Object.entries(settings).map(([path, value]) => ({ path, value }));
      await configured(stage(), "backup", changes);
      let made: { readonly id: string } | undefined;
      await until(async () => {
        const { items } = (await stage().as("viewer")("GET", "/v1/backups")).body;
        made = items.find(({ cause, encrypted }: { cause: string; encrypted: boolean }) => cause === "schedule" && encrypted);
        return made !== undefined;
      });
      expect(await stage().as("operator")("GET", `/v1/backups/${made?.id}/verification`)).toMatchObject({ status: 200 });
      const reset = Object.keys(settings).map((path) => ({ path, reset: true }));
      await configured(stage(), "backup", reset);
    },
    5 * MINUTE,
  );

  it(
    "brings everything back from a backup in its bucket after the table and the blobs were emptied",
    async () => {
      const tasks = [{ name: "a", target: { type: "http", url: `${stage().work.url}/kept`, allowPrivate: true } }];
      await endedRun(stage(), await startedRun(stage(), { name: "kept", tasks } as { name: string }));
      const before = (await stage().as("viewer")("GET", "/v1/runs?limit=1000")).body.items.length;
      expect(before).toBeGreaterThan(0);
      const backup = (await commanded(stage(), "backup_system")).evidence.backup;
      const [backups, blobs] = [await bucketOf(stage(), "BACKUPS"), await bucketOf(stage(), "BLOBS")];
      const there = await keysIn(backups);
      expect(there).toContain(`manifests/${backup}.json`);
      expect(there.filter((key) => key.startsWith(`segments/${backup}/`))).not.toEqual([]);
      expect(there.filter((key) => !/^(manifests|segments)\//.test(key))).toEqual([]);
      expect((await keysIn(blobs)).filter((key) => /^(backups|manifests|segments)\//.test(key))).toEqual([]);
      await wipe(stage());
      for (const prefix of ["definitions/", "inputs/", "lists/", "outputs/"])
        await Promise.all((await keysIn(blobs, prefix)).map((key) => blobs.delete(key)));
      await stage().bootstrap();
      expect((await stage().as("viewer")("GET", "/v1/runs")).body.items).toEqual([]);
      const { id } = await commanded(stage(), "restore_system", { backup });
      await until(async () => (await executionOf(stage(), id)) === "SUCCEEDED");
      // Keys come with the backup too.
      await stage().bootstrap();
      const after = (await stage().as("viewer")("GET", "/v1/runs?limit=1000")).body.items.length;
      expect(after).toBeGreaterThanOrEqual(before);
      // What the run needs came back with it.
      const { run } = (await stage().as("operator")("POST", "/v1/runs", { workflow: "kept" })).body;
      expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded" });
      // The command that made the backup was under way in it, and its execution has ended long ago: it is carried on, and the next one after it.
      await commanded(stage(), "run_health_check");
    },
    10 * MINUTE,
  );
};

/** Deletes every item of the table. */
const wipe = async ({ aws }: Deployed): Promise<void> => {
  const TableName = `qmoi-${STAGE}-table`;
  for (let start: unknown, more = true; more; ) {
    const page = await awsRequest(aws.port, "DynamoDB_20120810.Scan", { TableName, ...(start ? { ExclusiveStartKey: start } : {}) });
    await Promise.all(
      page.Items.map(({ pk, sk }: { pk: unknown; sk: unknown }) =>
        awsRequest(aws.port, "DynamoDB_20120810.DeleteItem", { TableName, Key: { pk, sk } }),
      ),
    );
    start = page.LastEvaluatedKey;
    more = start !== undefined;
  }
};
