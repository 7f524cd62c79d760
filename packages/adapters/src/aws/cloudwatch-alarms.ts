import type { CloudWatchClientConfig } from "@aws-sdk/client-cloudwatch";
import type { Alarm, Alarms } from "@qmoi/core";

/** Alarms of CloudWatch, told apart by how their names begin. */
export class CloudWatchAlarms implements Alarms {
  readonly #prefix: string;
  readonly #options: CloudWatchClientConfig;

  constructor(prefix: string, options: CloudWatchClientConfig = {}) {
    this.#prefix = prefix;
    this.#options = options;
  }

  async on(): Promise<readonly Alarm[]> {
    const sdk = await import("./cloudwatch-sdk.ts");
    const request = new sdk.DescribeAlarmsCommand({ AlarmNamePrefix: this.#prefix, StateValue: "ALARM", AlarmTypes: ["MetricAlarm"] });
    const { MetricAlarms = [] } = await new sdk.CloudWatchClient(this.#options).send(request);
    return MetricAlarms.map(({ AlarmName = "", AlarmDescription = "", StateReason = "", StateUpdatedTimestamp: at }) => ({
      name: AlarmName.slice(this.#prefix.length),
      text: AlarmDescription,
      reason: StateReason,
      ...(at === undefined ? {} : { since: at.getTime() }),
    }));
  }
}
