// Only what is used, in a module of its own: it's loaded at the first subscription, and a bundler leaves out the rest of the SDK.
export { DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-dynamodb-streams";
