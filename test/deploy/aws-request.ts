/** By the beginning of a request's target: the service that signs it, and the version of AWS's JSON. */
const SERVICES: Readonly<Record<string, readonly [string, string]>> = {
  DynamoDB_20120810: ["dynamodb", "1.0"],
  AmazonSQS: ["sqs", "1.0"],
  AWSStepFunctions: ["states", "1.0"],
  AWSEvents: ["events", "1.1"],
  AmazonSSM: ["ssm", "1.1"],
  GraniteServiceVersion20100801: ["monitoring", "1.0"],
  AmazonEC2ContainerServiceV20141113: ["ecs", "1.1"],
  Logs_20140328: ["logs", "1.1"],
  secretsmanager: ["secretsmanager", "1.1"],
};

/** Makes one JSON request to the emulator, which checks no signature: `AmazonSQS.SendMessage`, `DynamoDB_20120810.ListTables`, … */
// biome-ignore lint/suspicious/noExplicitAny: answers of many services, whose fields the tests look at.
export const awsRequest = async (port: number, target: string, body: unknown): Promise<any> => {
  const [service, version] = SERVICES[target.split(".")[0] as string] ?? [];
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "x-amz-target": target,
      "content-type": `application/x-amz-json-${version}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
};

/** Makes one request about a function to the emulator: `path` is the function's name and what follows it. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export const lambdaRequest = async (port: number, method: string, path: string, body?: unknown): Promise<any> => {
  const answer = await fetch(`http://127.0.0.1:${port}/2015-03-31/functions/${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
};
