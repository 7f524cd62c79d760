import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { bucketOf, keysIn } from "./buckets.ts";
import { commanded, type Deployed, endedRun, MINUTE, STAGE, startedRun, until } from "./deployed.ts";

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
