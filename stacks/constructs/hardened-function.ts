import type { ModuleName } from "@qmoi/config";
import { type Duration, Lazy, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  type ApplicationLogLevel,
  Architecture,
  type CfnAlias,
  type CfnVersion,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { aliasKey } from "../deployed.ts";
import { prefixOf, type Stage } from "../stages.ts";
import type { Source } from "./bundle.ts";

export interface HardenedFunctionProps {
  readonly stage: Stage;
  /** The function's name without the stage's prefix. */
  readonly name: string;
  /** With which module an update moves it. */
  readonly module: ModuleName;
  readonly description: string;
  readonly source: Source;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly memoryMb?: number;
  /** Where asynchronous invocations go that failed for good. */
  readonly deadLetters?: IQueue;
}

/** A folder that stands for a function's code where nobody uses it. */
const NO_BUNDLE = "config/schema";

/**
 * The one way in which functions are deployed: Arm, Node 24, one minified ESM file with source map and SDK inside, a role and a log group of
 * its own, and published versions behind the alias `live`, by which everything calls it. A deploy publishes a version and makes the alias;
 * from then on only an update moves it.
 */
export class HardenedFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly live: Alias;
  readonly role: Role;
  readonly memoryMb: number;
  /** Without the stage's prefix. */
  readonly name: string;
  readonly module: ModuleName;

  constructor(scope: Construct, id: string, props: HardenedFunctionProps) {
    super(scope, id);
    const { stage, name, description, source, environment = {}, timeout, memoryMb = 512, deadLetters } = props;
    this.memoryMb = memoryMb;
    this.name = name;
    this.module = props.module;
    const functionName = `${prefixOf(stage)}${name}`;
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: stage.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `What ${functionName} may do`,
    });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, "Function", {
      functionName,
      description,
      runtime: new Runtime("nodejs24.x", Runtime.NODEJS_22_X.family),
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      // Whoever only takes stacks away, or deploys others, has no use for it.
      code: Code.fromAsset(Stack.of(this).bundlingRequired ? stage.bundle(functionName, source) : NO_BUNDLE),
      role: this.role,
      logGroup,
      // The platform's own lines about each start and end cost more than all that the functions write.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: stage.logLevel.toUpperCase() as ApplicationLogLevel,
      timeout,
      memorySize: memoryMb,
      tracing: stage.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: { ...environment, ...("text" in source ? { NODE_OPTIONS: "--enable-source-maps" } : {}) },
      ...(deadLetters ? { deadLetterQueue: deadLetters } : {}),
      // What `live` stands for, or may come back to; but not what a failed deploy has published.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    this.live = new Alias(this, "Live", { aliasName: "live", version: this.function.currentVersion });
    this.#keep(stage);
  }

  /** Has the template say of the alias what the deployed one says, so that CloudFormation leaves it alone. */
  #keep({ deployed }: Stage): void {
    const [alias, current] = [this.live.node.defaultChild as CfnAlias, this.function.currentVersion];
    const stack = Stack.of(this);
    const kept = deployed.get(aliasKey(stack.stackName, stack.getLogicalId(alias)));
    if (!kept) return;
    const publishes = (current.node.defaultChild as CfnVersion).logicalId;
    alias.functionVersion = Lazy.uncachedString({
      produce: (context) => (context.resolve(publishes) === kept.publishedBy ? current.version : kept.version),
    });
  }

  get grantPrincipal(): IPrincipal {
    return this.role;
  }

  /** Allows actions on resources. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }
}
