import { sha256 } from "@qmoi/core";
import { keys } from "@qmoi/runtime";
import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { bucketOf, keysIn } from "./buckets.ts";
import { configured, type Deployed, MINUTE, qmoi, rescheduled, STAGE, until } from "./deployed.ts";

/** What a deployed stage does without being asked. All wait for their time, so they wait together. */
export const byItselfScenes = (stage: () => Deployed): void => {
  it.concurrent(
    "starts by itself what a schedule says",
    async () => {
      const { as, work } = stage();
      const tasks = [{ name: "a", target: { type: "http", url: `${work.url}/scheduled`, allowPrivate: true } }];
      const document = { name: "by-itself", schedules: [{ expression: "cron(* * * * ? *)" }], tasks };
      expect((await as("operator")("POST", "/v1/workflows", document)).status).toBe(201);
      await until(() => work.requests.has("/scheduled"));
      const { body } = await as("viewer")("GET", "/v1/runs?workflow=by-itself");
      expect(body.items[0]).toMatchObject({ schedule: "by-itself/default" });
    },
    6 * MINUTE,
  );

  it.concurrent(
    "learns by itself, on the scheduler's rule, and puts a forecaster in force that people are told of",
    async () => {
      const { aws, url, key, as } = stage();
      // Sooner than people need it.
      await rescheduled(stage(), "intelligent-scheduler", "rate(1 minute)");
      const { pk, sk } = keys.forecaster;
      let pointer: Record<string, { readonly S: string; readonly N: string }> | undefined;
      await until(async () => {
        const Key = { pk: { S: pk }, sk: { S: sk } };
        pointer = (await awsRequest(aws.port, "DynamoDB_20120810.GetItem", { TableName: `qmoi-${STAGE}-table`, Key })).Item;
        return pointer !== undefined;
      });
      const [blob, hash, number] = [pointer?.blob?.S ?? "", pointer?.hash?.S, Number(pointer?.n?.N)];
      const blobs = await bucketOf(stage(), "BLOBS");
      expect(await keysIn(blobs, "forecasts/")).toContain(blob);
      expect(sha256((await blobs.get(blob)) ?? new Uint8Array())).toBe(hash);

      const shown = (...more: string[]) => qmoi(aws, ["forecast", "show", "--url", url, ...more], { QMOI_API_KEY: key() });
      const { model, types, items } = JSON.parse(await shown("--json"));
      expect(model).toMatchObject({ number, hash, engine: "histogram-forest" });
      expect(model.records).toBeGreaterThanOrEqual(25);
      expect(types).toBeGreaterThan(0);
      expect(items.map(({ type }: { type: string }) => type)).toContain("large/each");
      expect(await shown()).toMatch(/^forecaster \d+ of .*: \d+ records, \d+ types$/m);
      // Nobody asked for it.
      const { items: asked } = (await as("operator")("GET", "/v1/audit?action=forecast")).body;
      expect(asked).toEqual([]);
      await rescheduled(stage(), "intelligent-scheduler");
    },
    8 * MINUTE,
  );

  it.concurrent(
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
};
