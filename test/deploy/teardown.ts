import { expect, it } from "vitest";
import { awsRequest, lambdaRequest } from "./aws-request.ts";
import { type Deployed, MINUTE, STAGE } from "./deployed.ts";
import { sst } from "./sst.ts";

/** What the names of a stage's own resources begin with; SST names buckets by their stack. */
const OWN = new RegExp(`^/?(qmoi-${STAGE}-|${STAGE}-qmoi-|/aws/lambda/qmoi-${STAGE}-)`);
/** What people make: secrets of tasks, and the key of backups. */
const OF_PEOPLE = new RegExp(`^/qmoi-${STAGE}-(secrets/|backup-key$)`);

/** A request of S3 that answers with XML. */
const s3 = async (port: number, method: string, path: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { method });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
  return answer.text();
};
const valuesOf = (xml: string, tag: string): string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map(([, v = ""]) => v);

const bucketsOf = async (port: number): Promise<string[]> => valuesOf(await s3(port, "GET", ""), "Name").filter((name) => OWN.test(name));

/** Deletes every version of every object, as AWS wants it before a bucket goes. */
const empty = async (port: number, bucket: string): Promise<number> => {
  let deleted = 0;
  for (;;) {
    const listed = await s3(port, "GET", `${bucket}?versions`);
    const versions = [...listed.matchAll(/<(Version|DeleteMarker)>.*?<\/\1>/gs)].map(([each]) => each);
    if (versions.length === 0) return deleted;
    for (const version of versions) {
      const [[key = ""], [id = ""]] = [valuesOf(version, "Key"), valuesOf(version, "VersionId")];
      await s3(port, "DELETE", `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${encodeURIComponent(id)}`);
    }
    deleted += versions.length;
  }
};

/** Names of what there is of the stage, of whichever service. */
const thereOf = async (port: number): Promise<string[]> => {
  const named = async (target: string, list: string, name?: string): Promise<string[]> =>
    ((await awsRequest(port, target, {}))[list] ?? []).map((one: never) => (name === undefined ? one : one[name]));
  const queues = await named("AmazonSQS.ListQueues", "QueueUrls");
  const found = await Promise.all([
    named("DynamoDB_20120810.ListTables", "TableNames"),
    named("AWSEvents.ListRules", "Rules", "Name"),
    named("AWSEvents.ListEventBuses", "EventBuses", "Name"),
    named("AWSStepFunctions.ListStateMachines", "stateMachines", "name"),
    named("GraniteServiceVersion20100801.DescribeAlarms", "MetricAlarms", "AlarmName"),
    named("GraniteServiceVersion20100801.ListDashboards", "DashboardEntries", "DashboardName"),
    named("AmazonSSM.DescribeParameters", "Parameters", "Name"),
    lambdaRequest(port, "GET", "").then(({ Functions }) => Functions.map((one: { FunctionName: string }) => one.FunctionName)),
    bucketsOf(port),
    queues.map((url) => url.slice(url.lastIndexOf("/") + 1)),
  ]);
  return found.flat().filter((name) => OWN.test(name) && !OF_PEOPLE.test(name));
};

/** Takes the stage away, as docs/deploy.md says. */
export const teardownScenes = (stage: () => Deployed): void => {
  it(
    "leaves only what is meant to stay",
    async () => {
      const { port, env } = stage().aws;
      // The table, buckets, queues, functions, rules, the bus, the state machine, alarms, dashboards and parameters.
      expect((await thereOf(port)).length).toBeGreaterThan(40);
      const buckets = await bucketsOf(port);
      expect(buckets).toHaveLength(3);
      let deleted = 0;
      for (const bucket of buckets) deleted += await empty(port, bucket);
      expect(deleted).toBeGreaterThan(0);
      await sst(["remove", "--stage", STAGE], env);
      expect(await thereOf(port)).toEqual([`/qmoi-${STAGE}-audit-key`]);
    },
    8 * MINUTE,
  );
};
