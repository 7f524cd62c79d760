import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";

/** The version that an alias of a deployed template names; `publishedBy`: the template's own resource, while it says so by that. */
export interface DeployedAlias {
  readonly version: string;
  readonly publishedBy?: string;
}

/** Aliases of deployed stacks, by `aliasKey`. */
export type DeployedAliases = ReadonlyMap<string, DeployedAlias>;

export const aliasKey = (stack: string, logicalId: string): string => `${stack}/${logicalId}`;

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: { readonly FunctionVersion?: unknown } }>>;

/**
 * Looks up what deployed templates say of aliases: a deploy that says the same again leaves them where an update has moved them, also when it
 * fails and is rolled back. With the variable QMOI_LIVE=newest nothing is looked up, and the deploy moves every alias itself. Uses the
 * credentials, region and endpoint of the environment. Rejects where stacks can't be read: taken for absent, they would all be moved.
 */
export const deployedAliases = async (stacks: readonly string[]): Promise<DeployedAliases> => {
  const { QMOI_LIVE, AWS_REGION, CDK_DEFAULT_REGION } = process.env;
  if (QMOI_LIVE === "newest") return new Map();
  if (QMOI_LIVE !== undefined) throw new Error(`QMOI_LIVE is "${QMOI_LIVE}": leave it out, or set it to "newest".`);
  const client = new CloudFormationClient({ region: AWS_REGION ?? CDK_DEFAULT_REGION ?? "us-east-1" });
  const found = await Promise.all(stacks.map((stack) => aliasesOf(client, stack)));
  return new Map(found.flat());
};

const aliasesOf = async (client: CloudFormationClient, StackName: string): Promise<readonly (readonly [string, DeployedAlias])[]> => {
  try {
    if (!(await isDeployed(client, StackName))) return [];
    const { TemplateBody = "{}" } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: "Processed" }));
    const { Resources = {} } = JSON.parse(TemplateBody) as { readonly Resources?: Resources };
    const aliases = Object.entries(Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Alias");
    return await Promise.all(
      aliases.map(async ([id, { Properties }]) => {
        const version = Properties?.FunctionVersion;
        if (typeof version === "string") return [aliasKey(StackName, id), { version }] as const;
        const [publishedBy] = (version as { readonly "Fn::GetAtt": readonly [string, string] })["Fn::GetAtt"];
        return [aliasKey(StackName, id), { version: await publishedVersion(client, StackName, publishedBy), publishedBy }] as const;
      }),
    );
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The stack ${StackName} can't be read, to leave its functions' versions as they are: ${why}`, { cause });
  }
};

/** Whether the stack has ever been made whole: what is left of one that never was holds no aliases. */
const isDeployed = async (client: CloudFormationClient, StackName: string): Promise<boolean> => {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return /^(CREATE_COMPLETE|UPDATE_|IMPORT_)/.test(Stacks[0]?.StackStatus ?? "");
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist")) return false;
    throw error;
  }
};

/** The number of the version that a resource of a stack is. */
const publishedVersion = async (client: CloudFormationClient, StackName: string, LogicalResourceId: string): Promise<string> => {
  const { StackResourceDetail } = await client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }));
  const version = StackResourceDetail?.PhysicalResourceId?.split(":").at(-1) ?? "";
  if (!/^[0-9]+$/.test(version)) throw new Error(`its resource ${LogicalResourceId} is no published version`);
  return version;
};
