import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import { grantAlarms, grantModuleRules, grantOwnParameters, grantReleases } from "./constructs/grants.ts";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import type { EngineStack } from "./engine-stack.ts";
import { machineName, type Stage } from "./stages.ts";

const FILE = "stacks/state-machines/master-command.asl.json";

/** The state machine that coordinates commands, from the same file that runs locally, and the function of its steps. */
export class MasterStack extends Stack {
  readonly machine: StateMachine;
  readonly steps: HardenedFunction;

  constructor(scope: Construct, id: string, stage: Stage, engine: EngineStack, props?: StackProps) {
    super(scope, id, props);
    this.steps = new HardenedFunction(this, "Steps", {
      stage,
      name: "master",
      module: "master-automation",
      description: "Steps of the master's commands",
      source: { entry: "functions/aws/master.ts" },
      timeout: Duration.minutes(5),
      environment: engine.variables,
    });
    engine.grantCommands(this.steps);
    grantOwnParameters(this.steps, stage);
    grantModuleRules(this.steps, stage);
    grantAlarms(this.steps);
    grantReleases(this.steps, stage, "move");
    this.machine = new StateMachine(this, "Machine", {
      stateMachineName: machineName(stage),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(readFileSync(join(process.cwd(), FILE), "utf8")),
      definitionSubstitutions: { MasterFunctionArn: this.steps.live.functionArn },
      logs: {
        destination: new LogGroup(this, "Log", {
          logGroupName: `/aws/vendedlogs/states/${machineName(stage)}`,
          retention: stage.logDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
      tracingEnabled: stage.tracing,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.steps.live.grantInvoke(this.machine);
  }
}
