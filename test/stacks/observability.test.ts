import { readFileSync } from "node:fs";
import { AWS_PRICES } from "@qmoi/cloud-integration";
import { BUILT, loadConfig } from "@qmoi/config/schemas";
import { EVENTS, METRICS } from "@qmoi/core";
import { beforeAll, expect, it } from "vitest";
import type { Template } from "../../stacks/permissions.ts";
import { missingDeployPackages } from "../support/deploy-packages.ts";
import { suite } from "../support/suite.ts";

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly TreatMissingData: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Value: unknown }[];
}

/** GitHub's anchor of a heading that is one word. */
const sections = (): readonly string[] =>
  readFileSync("docs/runbooks.md", "utf8")
    .split("\n")
    .flatMap((line) => (line.startsWith("## ") ? [line.slice(3)] : []));

suite("what people look at, and what wakes them", missingDeployPackages, () => {
  let stacks: ReadonlyMap<string, Template>;
  let dollars: Readonly<Record<string, number>>;
  const resources = (type: string) =>
    [...stacks.values()].flatMap(({ Resources }) => Object.values(Resources).filter(({ Type }) => Type === type));
  const alarms = (): readonly AlarmProperties[] =>
    resources("AWS::CloudWatch::Alarm").map(({ Properties }) => Properties as unknown as AlarmProperties);
  const bodies = (): readonly string[] =>
    resources("AWS::CloudWatch::Dashboard").map(({ Properties }) => JSON.stringify(Properties.DashboardBody));

  beforeAll(async () => {
    const { templatesOf } = await import("../../stacks/templates.ts");
    ({ DOLLARS: dollars } = await import("../../stacks/observability/costs.ts"));
    stacks = templatesOf("dev");
  }, 120_000);

  it("are at most ten alarms, each told to somebody", () => {
    expect(alarms().length).toBeLessThanOrEqual(10);
    for (const { AlarmName, AlarmActions } of alarms()) {
      expect(AlarmName).toMatch(/^qmoi-dev-[a-z-]+$/);
      expect(AlarmActions).toHaveLength(1);
    }
  });

  it("name a runbook each, and each runbook has its alarm", () => {
    const names = alarms().map(({ AlarmName }) => AlarmName.replace("qmoi-dev-", ""));
    expect(names.toSorted()).toEqual(sections().toSorted());
    for (const { AlarmName, AlarmDescription } of alarms())
      expect(AlarmDescription).toMatch(new RegExp(`\\S\\. See docs/runbooks\\.md#${AlarmName.replace("qmoi-dev-", "")}\\.$`));
  });

  it("say in each runbook what it means, what to look at with commands, and what to do", () => {
    const text = readFileSync("docs/runbooks.md", "utf8");
    for (const section of text.split("\n## ").slice(1)) {
      for (const part of ["**What it means.**", "**What to look at.**", "**What to do.**"]) expect(section).toContain(part);
      expect(section).toMatch(/```\n(npx qmoi|aws) /);
    }
  });

  it("watch errors, throttles, dead letters, schedules, modules, the state machine and providers, each by one metric", () => {
    expect(
      Object.fromEntries(
        alarms().map(({ AlarmName, Namespace, MetricName, Dimensions = [] }) => [
          AlarmName.replace("qmoi-dev-", ""),
          [Namespace, MetricName, ...Dimensions.flatMap(({ Value }) => (typeof Value === "string" ? [Value] : []))].join(" "),
        ]),
      ),
    ).toEqual({
      "function-errors": "QMOI FailedInvocations qmoi-dev",
      "api-errors": "AWS/ApiGateway 5xx",
      throttles: "AWS/Lambda Throttles",
      "dead-letters": "AWS/SQS ApproximateNumberOfMessagesVisible qmoi-dev-dead-letters",
      "module-dead-letters": "AWS/SQS ApproximateNumberOfMessagesVisible qmoi-dev-module-dead-letters",
      "late-schedules": "QMOI LateSchedules qmoi-dev",
      "unwell-modules": "QMOI UnwellModules qmoi-dev",
      "failed-commands": "AWS/States ExecutionsFailed",
      "work-behind": "AWS/SQS ApproximateAgeOfOldestMessage qmoi-dev-hints",
      "provider-silence": "QMOI ProviderSilence qmoi-dev",
    });
  });

  it("take the master's silence for a fault, and no other", () => {
    const breaching = alarms().filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    expect(breaching.map(({ AlarmName }) => AlarmName)).toEqual(["qmoi-dev-unwell-modules"]);
  });

  it("go by the silence of providers that the configuration allows", () => {
    const [silence] = alarms().filter(({ AlarmName }) => AlarmName === "qmoi-dev-provider-silence");
    const { silentAfterMinutes } = loadConfig(() => undefined).cloud.reports;
    expect(silence).toMatchObject({
      Threshold: silentAfterMinutes,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Statistic: "Maximum",
      TreatMissingData: "notBreaching",
    });
  });

  it("are two dashboards: the system, and the modules with a section each", () => {
    expect(
      resources("AWS::CloudWatch::Dashboard")
        .map(({ Properties }) => Properties.DashboardName)
        .toSorted(),
    ).toEqual(["qmoi-dev-modules", "qmoi-dev-system"]);
    const [system = "", modules = ""] = bodies();
    for (const title of ["Alarms", "Task throughput", "Waiting time", "Success rate", "Forecast error", "Cost in 5 min", "Health"])
      expect(system).toContain(title);
    for (const module of BUILT) expect(modules).toContain(`## ${module}`);
    expect(modules.match(/## /g)).toHaveLength(BUILT.size);
  });

  it("show no more metrics on a dashboard than are free", () => {
    for (const { Properties } of resources("AWS::CloudWatch::Dashboard")) {
      const text = Properties.DashboardBody["Fn::Join"][1].map((part: unknown) => (typeof part === "string" ? part : "resolved")).join("");
      const shown = JSON.parse(text).widgets.flatMap(
        ({ properties }: { properties: { metrics?: unknown[][] } }) => properties.metrics ?? [],
      );
      const metrics = shown.filter(([namespace]: unknown[]) => typeof namespace === "string");
      expect(
        new Set(metrics.map((metric: unknown[]) => metric.filter((part) => typeof part === "string").join("/"))).size,
      ).toBeLessThanOrEqual(50);
    }
  });

  it("show each figure that is told, by the one dimension that it has, and no other", () => {
    const shown = new Set(
      bodies().flatMap((body) => [...body.matchAll(/\\"QMOI\\",\\"(\w+)\\",\\"service\\",\\"qmoi-dev\\"/g)].map(([, name]) => name)),
    );
    expect([...shown].toSorted()).toEqual(Object.keys(METRICS).toSorted());
    expect(
      bodies()
        .join("")
        .match(/\\"QMOI\\"/g)?.length,
    ).toBe(
      bodies()
        .join("")
        .match(/\\"QMOI\\",\\"\w+\\",\\"service\\",\\"qmoi-dev\\"/g)?.length,
    );
  });

  it("are events on a bus, of which modules that are built react to some", () => {
    const reactions = resources("AWS::Events::Rule").filter(({ Properties }) => Properties.Name.endsWith("-reacts"));
    expect(reactions.length).toBeGreaterThan(0);
    for (const { Properties } of reactions) {
      expect([...BUILT].map((module) => `qmoi-dev-${module}-reacts`)).toContain(Properties.Name);
      expect(Properties.EventPattern.source).toEqual(["qmoi"]);
      expect(EVENTS).toEqual(expect.arrayContaining(Properties.EventPattern["detail-type"]));
      expect(Properties.Targets[0]).toHaveProperty("DeadLetterConfig");
    }
  });

  it("count costs by the price list", () => {
    for (const [name, price] of Object.entries(dollars)) {
      const { dollars: listed, per } = AWS_PRICES.prices[name as keyof typeof AWS_PRICES.prices];
      expect([name, price]).toEqual([name, expect.closeTo(listed / per, 15)]);
    }
  });
});
