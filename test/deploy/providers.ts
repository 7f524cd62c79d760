import { expect, it } from "vitest";
import { awsRequest } from "./aws-request.ts";
import { commanded, configured, type Deployed, MINUTE, qmoi, STAGE, until } from "./deployed.ts";

/** Reports of providers, and what a deployed stage makes of their silence. */
export const providerScenes = (stage: () => Deployed): void => {
  /** What the master's tick has told of silence since a time (ms), in the embedded metric format. */
  const silences = async (startTime: number): Promise<readonly number[]> => {
    const request = { logGroupName: `/aws/lambda/qmoi-${STAGE}-master-automation`, startTime, limit: 10_000 };
    const { events } = await awsRequest(stage().aws.port, "Logs_20140328.FilterLogEvents", request);
    return (events as readonly { message: string }[]).flatMap(({ message }) => {
      if (!message.includes('"ProviderSilence"')) return [];
      const told = JSON.parse(message.slice(message.indexOf("{")));
      expect(told).toMatchObject({
        service: `qmoi-${STAGE}`,
        _aws: { CloudWatchMetrics: [{ Namespace: "QMOI", Dimensions: [["service"]] }] },
      });
      return [told.ProviderSilence].flat();
    });
  };

  it.concurrent(
    "takes a provider's report by the command line, and tells of one that is silent by list, metric, alarm and health check",
    async () => {
      const { aws, url, key, as } = stage();
      const told = (...args: string[]): Promise<string> => qmoi(aws, ["provider", ...args, "--url", url], { QMOI_API_KEY: key() });
      const expecting = (change: object) => configured(stage(), "cloud", [{ path: "reports.expected", ...change }]);
      const began = Date.now();
      expect(await told("report", "gcp", "cpu=0.4", "cost=12.5USD")).toContain("is the latest now");
      expect(await told("list")).toMatch(/gcp +reporting .* no +cpu=0\.4 cost=12\.5USD/);
      await until(async () => (await silences(began)).length > 0);
      expect(Math.max(...(await silences(began)))).toBeLessThan(15);

      await expecting({ value: ["azure"] });
      await until(async () => (await silences(began)).includes(1440));
      expect(await told("list")).toMatch(/azure +silent +never +yes/);
      const { evidence } = await commanded(stage(), "run_health_check");
      expect(JSON.stringify(evidence.report ?? evidence)).toContain("azure has never reported.");
      const AlarmNames = [`qmoi-${STAGE}-provider-silence`];
      const { MetricAlarms } = await awsRequest(aws.port, "GraniteServiceVersion20100801.DescribeAlarms", { AlarmNames });
      expect(MetricAlarms).toMatchObject([{ MetricName: "ProviderSilence", Threshold: 15, TreatMissingData: "notBreaching" }]);

      await expecting({ reset: true });
      expect(await told("forget", "gcp", "--reason", "deploy test")).toContain("is forgotten");
      const { items } = (await as("operator")("GET", "/v1/audit?action=provider.forget")).body;
      expect(items).toEqual([expect.objectContaining({ subject: "gcp", reason: "deploy test", outcome: "done" })]);
      const { body } = await as("viewer")("GET", "/v1/providers");
      expect(body).toEqual({ items: [] });
    },
    6 * MINUTE,
  );
};
