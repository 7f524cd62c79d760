// Only what is used, in a module of its own: it's loaded when a table is first used, and a bundler leaves out the rest of the SDK.
export { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
