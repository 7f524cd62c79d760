import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { type CfnStage, HttpApi, HttpMethod, HttpNoneAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import { grantBeginning, grantOwnParameters, grantReleases } from "./constructs/grants.ts";
import { HardenedFunction } from "./constructs/hardened-function.ts";
import type { EngineStack } from "./engine-stack.ts";
import { prefixOf, type Stage } from "./stages.ts";

/** The HTTP API: a function that answers, and one that finds out who asks. */
export class ApiStack extends Stack {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, stage: Stage, engine: EngineStack, props?: StackProps) {
    super(scope, id, props);
    const make = (name: string, description: string): HardenedFunction =>
      new HardenedFunction(this, name, {
        stage,
        name,
        module: "master-automation",
        description,
        source: { entry: `functions/aws/${name}.ts`, describes: name === "api" },
        timeout: Duration.seconds(29),
        environment: engine.variables,
      });
    const answers = make("api", "Answers the API");
    engine.grantCommands(answers);
    grantOwnParameters(answers, stage);
    grantReleases(answers, stage, "look");
    grantBeginning(answers, stage);
    const asks = make("authorizer", "Finds out who calls the API");
    engine.grantAccess(asks);
    grantOwnParameters(asks, stage);
    this.api = new HttpApi(this, "Api", { apiName: `${prefixOf(stage)}api`, description: "QMOI" });
    const integration = new HttpLambdaIntegration("Answers", answers.live);
    const authorizer = new HttpLambdaAuthorizer("Asks", asks.live, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ["$request.header.Authorization"],
      resultsCacheTtl: Duration.seconds(0),
    });
    this.api.addRoutes({ path: "/{proxy+}", methods: [HttpMethod.ANY], integration, authorizer });
    this.api.addRoutes({ path: "/v1/health", methods: [HttpMethod.GET], integration, authorizer: new HttpNoneAuthorizer() });
    this.#limit(stage);
    new CfnOutput(this, "ApiUrl", { value: this.api.apiEndpoint });
    // Where the command line's --stage finds it.
    new StringParameter(this, "Url", { parameterName: `/${prefixOf(stage)}api-url`, stringValue: this.api.apiEndpoint });
  }

  #limit({ name, logDays, throttle }: Stage): void {
    const log = new LogGroup(this, "AccessLog", {
      logGroupName: `/qmoi/${name}/api-access`,
      retention: logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = this.api.defaultStage?.node.defaultChild as CfnStage;
    stage.defaultRouteSettings = { throttlingRateLimit: throttle.rate, throttlingBurstLimit: throttle.burst };
    stage.accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify({
        time: "$context.requestTimeEpoch",
        request: "$context.requestId",
        from: "$context.identity.sourceIp",
        method: "$context.httpMethod",
        path: "$context.path",
        status: "$context.status",
        ms: "$context.responseLatency",
      }),
    };
  }
}
