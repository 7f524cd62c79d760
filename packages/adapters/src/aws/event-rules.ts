import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { type Rules, UnavailableError, type WakeRule } from "@qmoi/core";
import { once } from "../once.ts";
import { messageOf } from "../targets/failures.ts";

type Sdk = typeof import("./events-sdk.ts");

/** Rules of EventBridge that wake modules, each named by a prefix and its module. */
export class EventRules implements Rules {
  readonly #prefix: string;
  readonly #open: () => Promise<{ readonly sdk: Sdk; readonly client: EventBridgeClient }>;

  constructor(prefix: string, options: ConstructorParameters<typeof EventBridgeClient>[0] = {}) {
    this.#prefix = prefix;
    this.#open = once(async () => {
      const sdk = await import("./events-sdk.ts");
      return { sdk, client: new sdk.EventBridgeClient(options) };
    });
  }

  async read(module: string): Promise<WakeRule | undefined> {
    const { sdk, client } = await this.#open();
    try {
      const { State, ScheduleExpression = "" } = await client.send(new sdk.DescribeRuleCommand({ Name: this.#prefix + module }));
      return { enabled: State !== "DISABLED", schedule: ScheduleExpression };
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw unavailable(module, error);
    }
  }

  async write(module: string, { enabled, schedule }: WakeRule, was: WakeRule): Promise<void> {
    const { sdk, client } = await this.#open();
    const Name = this.#prefix + module;
    const Description = `When ${module} works`;
    try {
      if (schedule !== was.schedule)
        await client.send(
          new sdk.PutRuleCommand({ Name, Description, ScheduleExpression: schedule, State: enabled ? "ENABLED" : "DISABLED" }),
        );
      else if (enabled) await client.send(new sdk.EnableRuleCommand({ Name }));
      else await client.send(new sdk.DisableRuleCommand({ Name }));
    } catch (error) {
      throw unavailable(module, error);
    }
  }
}

const unavailable = (module: string, cause: unknown): UnavailableError =>
  new UnavailableError(`The rule of ${module} does not answer: ${messageOf(cause)}`, { cause });
