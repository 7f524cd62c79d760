import { join, relative } from "node:path";
import { boundTargets, type ModuleName } from "@qmoi/config";
import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { configuration, scheduleOf } from "./configuration.ts";
import { grantBeginning, grantModuleRules, grantOwnParameters } from "./constructs/grants.ts";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import { deadLetterQueue } from "./constructs/hardened-queue.ts";
import { ModuleEvents } from "./constructs/module-events.ts";
import type { DataStack } from "./data-stack.ts";
import type { EngineStack } from "./engine-stack.ts";
import { prefixOf, type Stage } from "./stages.ts";
import { type TaskFunctionSource, taskFunctionSources } from "./task-functions.ts";

/** What the modules stand on. */
export interface Below {
  readonly engine: EngineStack;
  readonly data: DataStack;
}

/** One function a module on its own schedule, and one for each function of the user that workflows name. */
export class ModulesStack extends Stack {
  readonly modules: ReadonlyMap<string, HardenedFunction>;
  /** Schedules' events and asynchronous invocations that failed for good. */
  readonly deadLetters: Queue;
  readonly #stage: Stage;
  readonly #engine: EngineStack;

  constructor(scope: Construct, id: string, stage: Stage, { engine, data }: Below, props?: StackProps) {
    super(scope, id, props);
    this.#stage = stage;
    this.#engine = engine;
    this.deadLetters = deadLetterQueue(this, stage, "module-dead-letters");
    const make = (name: ModuleName, description: string, entry: string = name): HardenedFunction =>
      this.#module(name, `functions/aws/${entry}.ts`, description);
    const tick = make("advanced-automation", "Derives again what is stored of runs, and works on it", "tick");
    const master = make("master-automation", "Takes the commands that wait");
    const scheduler = make("intelligent-scheduler", "Learns from history when that is due");
    grantBeginning(master, stage);
    for (const module of [master, scheduler]) grantOwnParameters(module, stage);
    grantModuleRules(master, stage);
    this.modules = new Map([
      ["advanced-automation", tick],
      ["master-automation", master],
      ["intelligent-scheduler", scheduler],
    ]);
    const { modules, deadLetters } = this;
    new ModuleEvents(this, "Events", { stage, data, environment: engine.variables, modules, deadLetters });
    const bound = boundTargets(configuration().parallel.bindings, stage.name);
    for (const source of taskFunctionSources(join(process.cwd(), "config/workflows"), bound)) this.#taskFunction(source);
  }

  #module(name: ModuleName, entry: string, description: string): HardenedFunction {
    const made = new HardenedFunction(this, name, {
      stage: this.#stage,
      name,
      module: name,
      description,
      source: { entry },
      timeout: Duration.minutes(10),
      ...(name === "intelligent-scheduler" ? { memoryMb: 1024 } : {}),
      environment: this.#engine.variables,
      deadLetters: this.deadLetters,
    });
    if (name === "master-automation") this.#engine.grantCommands(made);
    else this.#engine.grantEngine(made);
    this.deadLetters.grantSendMessages(made);
    new Rule(this, `${name}-schedule`, {
      ruleName: `${prefixOf(this.#stage)}${name}`,
      description: `When ${name} works`,
      schedule: Schedule.expression(scheduleOf(name)),
      targets: [
        new LambdaFunction(made.live, {
          deadLetterQueue: this.deadLetters,
          retryAttempts: 2,
          maxEventAge: Duration.minutes(5),
        }),
      ],
    });
    return made;
  }

  #taskFunction({ name, module, exported, workflows }: TaskFunctionSource): void {
    const text = [
      `import * as module from ${JSON.stringify(module)};`,
      'import { serveTask } from "@qmoi/adapters/aws";',
      `export const handler = serveTask(module[${JSON.stringify(exported)}] as never);`,
    ].join("\n");
    const made = new HardenedFunction(this, name, {
      stage: this.#stage,
      name,
      module: "advanced-automation",
      description: `${relative(process.cwd(), module)}, ${exported}, of ${workflows.join(", ")}`.slice(0, 256),
      source: { text },
      timeout: Duration.minutes(15),
    });
    this.#engine.completions.grantSendMessages(made);
    // The engine decides about tries: it knows the task's policy.
    made.live.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.hours(1),
      onFailure: new SqsDestination(this.#engine.completions),
    });
  }
}
