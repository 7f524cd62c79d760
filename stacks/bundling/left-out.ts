import { join } from "node:path";

const refuse = (what: string): string => `throw new Error("${what} are left out of QMOI's functions: see stacks/bundling/left-out.ts.");`;

/** Modules of the SDK that no function of QMOI comes to use, by what their paths end with, and what stands for each. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  // A function has no such files: what is set is in its environment.
  "@smithy/core/dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js":
    'export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });\nexport const CONFIG_PREFIX_SEPARATOR = ".";',
  // Its region is in its environment too, and no metadata of a machine can be asked.
  "@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js":
    "export const getInstanceMetadataRegion = async () => undefined;",
  // No client asks for this mode of retries.
  "@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js": `export class AdaptiveRetryStrategy { constructor() { ${refuse("Adaptive retries")} } }`,
  // Writes what signs messages of event streams.
  "@smithy/signature-v4/dist-es/HeaderFormatter.js": `export class HeaderFormatter { format() { ${refuse("Event streams")} } }`,
  // Signs for several regions and for directory buckets too, neither of which has an address here.
  "@aws-sdk/signature-v4-multi-region/dist-es/SignatureV4MultiRegion.js":
    'export { SignatureV4 as SignatureV4MultiRegion } from "@smithy/signature-v4";',
};

/** What services are called in their addresses, by their clients; a client that is not here keeps its rules. */
export const HOSTS: Readonly<Record<string, string>> = {
  cloudwatch: "monitoring",
  dynamodb: "dynamodb",
  ecs: "ecs",
  eventbridge: "events",
  lambda: "lambda",
  s3: "s3",
  "secrets-manager": "secretsmanager",
  sfn: "states",
  sqs: "sqs",
  ssm: "ssm",
};

const ENDPOINTS = /@aws-sdk\/client-([a-z0-9-]+)\/dist-es\/endpoint\/endpointResolver\.js$/;

/** What stands for a module of the SDK; undefined for one that is taken as it is. `root`: the repository's folder. */
export const standInOf = (path: string, root: string): string | undefined => {
  const host = HOSTS[ENDPOINTS.exec(path)?.[1] ?? ""];
  if (host !== undefined) {
    const file = JSON.stringify(join(root, "functions/aws/endpoints.ts"));
    return `import { endpointsOf } from ${file}; export const defaultEndpointResolver = endpointsOf("${host}");`;
  }
  return Object.entries(LEFT_OUT).find(([end]) => path.endsWith(end))?.[1];
};
