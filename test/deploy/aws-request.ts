/** Makes one JSON request to the emulator, which checks no signature: `AmazonSSM.PutParameter`, `DynamoDB_20120810.ListTables`, … */
export const awsRequest = async (port: number, target: string, body: unknown): Promise<unknown> => {
  const service = target.startsWith("DynamoDB") ? "dynamodb" : "ssm";
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "x-amz-target": target,
      "content-type": service === "dynamodb" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1",
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
};
