import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { commanded, configured, type Deployed, endedRun, MINUTE, rescheduled, STAGE, startedRun, until } from "./deployed.ts";

const MODULES = ["advanced-automation", "intelligent-scheduler", "master-automation"] as const;
const TWO_TICKS = 3 * MINUTE;

/** What people see of a deployed stage, and what of it follows what they change. */
export const observabilityScenes = (stage: () => Deployed): void => {
  const aws = (target: string, body: object) => awsRequest(stage().aws.port, target, body);
  const ruleStates = async (): Promise<readonly string[]> =>
    Promise.all(MODULES.map(async (module) => (await aws("AWSEvents.DescribeRule", { Name: `qmoi-${STAGE}-${module}` })).State));
  /** The text of an object in the bucket of blobs; the emulator asks for no signature. */
  const blob = async (key: string): Promise<string | undefined> => {
    const { Parameter } = await aws("AmazonSSM.GetParameter", { Name: `/qmoi-${STAGE}-blobs` });
    const answer = await fetch(`http://127.0.0.1:${stage().aws.port}/${Parameter.Value}/${key}`);
    return answer.ok ? answer.text() : undefined;
  };

  // Waits for ticks, as what comes before does, which needs the scheduler's own schedule.
  it.concurrent(
    "makes a rule right again that somebody has switched by hand, and lets it follow the configuration",
    async () => {
      const schedule = async (): Promise<string> =>
        (await aws("AWSEvents.DescribeRule", { Name: `qmoi-${STAGE}-advanced-automation` })).ScheduleExpression;
      const before = JSON.parse(readFileSync("config/master_automation_config.json", "utf8")).modules["advanced-automation"].schedule;
      // As often as before, in other words: others wait for its ticks.
      const other = "cron(* * * * ? *)";
      await aws("AWSEvents.DisableRule", { Name: `qmoi-${STAGE}-intelligent-scheduler` });
      await rescheduled(stage(), "advanced-automation", other);
      await until(async () => (await schedule()) === other && (await ruleStates())[1] === "ENABLED");
      await rescheduled(stage(), "advanced-automation");
      await until(async () => (await schedule()) === before);
    },
    2 * TWO_TICKS,
  );

  it(
    "has two dashboards, and alarms that name their runbooks, which a health check looks at",
    async () => {
      const { DashboardEntries } = await aws("GraniteServiceVersion20100801.ListDashboards", {});
      expect(DashboardEntries.map(({ DashboardName }: { DashboardName: string }) => DashboardName).sort()).toEqual([
        `qmoi-${STAGE}-modules`,
        `qmoi-${STAGE}-system`,
      ]);
      const { MetricAlarms } = await aws("GraniteServiceVersion20100801.DescribeAlarms", { AlarmNamePrefix: `qmoi-${STAGE}-` });
      expect(MetricAlarms.length).toBeGreaterThan(5);
      expect(MetricAlarms).toContainEqual(expect.objectContaining({ AlarmName: `qmoi-${STAGE}-provider-silence` }));
      expect(MetricAlarms.length).toBeLessThanOrEqual(10);
      for (const { AlarmName, AlarmDescription } of MetricAlarms as readonly { AlarmName: string; AlarmDescription: string }[])
        expect(AlarmDescription).toContain(`docs/runbooks.md#${AlarmName.slice(`qmoi-${STAGE}-`.length)}`);
      // The emulator has no figures of its own that would turn one on.
      const turn = (StateValue: "ALARM" | "OK") =>
        aws("GraniteServiceVersion20100801.SetAlarmState", {
          AlarmName: `qmoi-${STAGE}-work-behind`,
          StateValue,
          StateReason: "deploy test",
        });
      const told = async (): Promise<string> => {
        const { evidence } = await commanded(stage(), "run_health_check");
        return JSON.stringify(evidence.report ?? evidence);
      };
      await turn("ALARM");
      const about = await told();
      expect(about).toContain('"about":"alarms"');
      expect(about).toContain("The alarm work-behind is on");
      expect(about).toContain("See docs/runbooks.md#work-behind.");
      await turn("OK");
      expect(await told()).toContain("No alarm is on.");
    },
    3 * MINUTE,
  );

  it(
    "lets nobody wake a module that is stopped: its rule is off until it is started, and after an emergency stop too",
    async () => {
      expect(await ruleStates()).toEqual(["ENABLED", "ENABLED", "ENABLED"]);
      await commanded(stage(), "stop_module", { module: "intelligent-scheduler" });
      expect(await ruleStates()).toEqual(["ENABLED", "DISABLED", "ENABLED"]);
      await commanded(stage(), "start_module", { module: "intelligent-scheduler" });
      expect(await ruleStates()).toEqual(["ENABLED", "ENABLED", "ENABLED"]);
      await commanded(stage(), "emergency_stop");
      await until(async () => (await ruleStates()).filter((state) => state === "DISABLED").length === 2);
      expect(await ruleStates()).toEqual(["DISABLED", "DISABLED", "ENABLED"]);
      await commanded(stage(), "start_all_modules");
      expect(await ruleStates()).toEqual(["ENABLED", "ENABLED", "ENABLED"]);
    },
    8 * MINUTE,
  );

  it(
    "writes TRACKS.md from the audit into the bucket",
    async () => {
      const text = async (): Promise<string> => (await blob("tracks/TRACKS.md")) ?? "";
      await until(async () => (await text()).includes("key.bootstrap"));
      await commanded(stage(), "run_health_check");
      const lines = async (): Promise<number> => (await text()).match(/command\.run_health_check/g)?.length ?? 0;
      await until(async () => (await lines()) > 1);
      expect(await text()).toMatch(/^# Tracks\n\n## \d{4}-\d\d-\d\d\n\n- /);
    },
    2 * TWO_TICKS,
  );

  it(
    "tells on the event bus that a task failed for good, and its run, to whoever listens",
    async () => {
      const name = `listener-${STAGE}`;
      const { QueueUrl } = await aws("AmazonSQS.CreateQueue", { QueueName: name });
      const { Attributes } = await aws("AmazonSQS.GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
      const EventBusName = `qmoi-${STAGE}-events`;
      const EventPattern = JSON.stringify({ source: ["qmoi"], "detail-type": ["run failed", "task dead-lettered"] });
      await aws("AWSEvents.PutRule", { Name: name, EventBusName, EventPattern });
      await aws("AWSEvents.PutTargets", { Rule: name, EventBusName, Targets: [{ Id: "queue", Arn: Attributes.QueueArn }] });
      const target = { type: "lambda", resource: `qmoi-work-nowhere-${STAGE}` };
      const run = await startedRun(stage(), { name: "hopeless", tasks: [{ name: "a", target, retry: { attempts: 1 } }] } as {
        name: string;
      });
      expect(await endedRun(stage(), run)).toMatchObject({ state: "failed" });
      const told = new Map<string, { readonly run: string }>();
      await until(async () => {
        const { Messages = [] } = await aws("AmazonSQS.ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
        for (const { Body } of Messages) {
          const { "detail-type": type, detail } = JSON.parse(Body);
          if (detail.run === run) told.set(type, detail);
        }
        return told.size === 2;
      });
      expect(told.get("task dead-lettered")).toMatchObject({ task: "a", attempt: 1, workflow: "hopeless" });
      expect(told.get("run failed")).toMatchObject({ workflow: "hopeless", failed: 1 });
      await aws("AWSEvents.RemoveTargets", { Rule: name, EventBusName, Ids: ["queue"] });
      await aws("AWSEvents.DeleteRule", { Name: name, EventBusName });
    },
    5 * MINUTE,
  );

  it(
    "has the engine's functions follow the configuration without a deploy",
    async () => {
      const { work } = stage();
      await configured(stage(), "parallel", [{ path: "pools.single", value: { slots: 1 } }]);
      // Functions that have read the configuration just before know it for two seconds more.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const tasks = [1, 2, 3].map((n) => ({
        name: `t${n}`,
        resources: { pool: "single" },
        target: { type: "http", url: `${work.url}/slow/single/${n}`, allowPrivate: true },
      }));
      const run = await startedRun(stage(), { name: "single", tasks } as { name: string });
      expect(await endedRun(stage(), run)).toMatchObject({ state: "succeeded" });
      const times = [...work.requests].filter(([path]) => path.startsWith("/slow/single/")).flatMap(([, at]) => at);
      const starts = times.toSorted((one, other) => one - other);
      // One after the other: each is answered half a second after it came.
      for (const [n, at] of starts.entries()) if (n > 0) expect(at - (starts[n - 1] as number)).toBeGreaterThan(400);
      await configured(stage(), "parallel", [{ path: "pools.single", reset: true }]);
    },
    5 * MINUTE,
  );
};
