/** Names of the two sparse indexes in DynamoDB. */
export const INDEX_NAMES = { 1: "index1", 2: "index2" } as const;
