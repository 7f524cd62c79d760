// In place of the SDK's cache of discovered endpoints: a client of DynamoDB makes one, and none of its commands asks it.
export class EndpointCache {}
