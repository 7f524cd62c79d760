/** A template of CloudFormation, as far as permissions go. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: Value; readonly Export?: { readonly Name: string } }>>;
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: properties of many types of resources.
  readonly Properties?: any;
}

/** A text, or a call that gives one. */
type Value = string | Readonly<Record<string, unknown>>;

/** What one may do on something. */
export interface Permission {
  /** A function or state machine of the stage, or a service of AWS and what of it. */
  readonly who: string;
  readonly action: string;
  readonly on: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Value | readonly Value[];
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
}

/** Properties that hold a resource's own name. */
const NAMES = ["TableName", "QueueName", "FunctionName", "StateMachineName", "LogGroupName", "TopicName", "Name"] as const;

/** Every permission that a stage's templates give, each once: by roles, and by what lets services of AWS in. */
export const permissionsOf = (templates: readonly Template[]): readonly Permission[] => {
  const exported = new Map(
    templates.flatMap((template) =>
      Object.values(template.Outputs ?? {}).flatMap(({ Value, Export }) => (Export ? [[Export.Name, { template, Value }] as const] : [])),
    ),
  );
  /** A value as people read it: names instead of what CloudFormation makes of them. */
  const read = (template: Template, value: Value): string => {
    if (typeof value === "string") return value;
    const [[call, argument]] = Object.entries(value) as [[string, unknown]];
    if (call === "Ref") return nameOf(template, argument as string);
    if (call === "Fn::GetAtt") return nameOf(template, (argument as readonly string[])[0] as string);
    if (call === "Fn::Join") return ((argument as [string, Value[]])[1] ?? []).map((part) => read(template, part)).join("");
    const origin = exported.get(argument as string);
    if (call !== "Fn::ImportValue" || !origin) throw new Error(`${JSON.stringify(value)} can't be read: teach permissions.ts how.`);
    return read(origin.template, origin.Value);
  };
  const nameOf = (template: Template, id: string): string => {
    if (id.startsWith("AWS::")) return `<${id.slice(5)}>`;
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    const kind = (Type.split("::")[2] ?? "").toLowerCase();
    if (Type === "AWS::Lambda::Alias") return `${read(template, Properties.FunctionName)}:${Properties.Name}`;
    const name = NAMES.map((key) => Properties[key]).find((found) => found !== undefined);
    const text = name === undefined ? id.replace(/[0-9A-F]{8}$/, "") : read(template, name);
    return kind === "function" ? text : `${kind} ${text}`;
  };
  const on = (template: Template, value: Value): string =>
    read(template, value).replace(/^arn:<Partition>:([a-z-]+):[^:]*:[^:]*:/, (_, service: string) => `${service} `);
  const those = (template: Template, who: string, { Action, Resource }: Statement): Permission[] =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ who, action, on: on(template, resource as Value) })));

  const given = templates.flatMap((template) => {
    const all = Object.entries(template.Resources);
    /** Who works under a role. */
    const holder = (role: string): string => {
      const isHolder = ({ Properties }: Resource): boolean => (Properties?.Role ?? Properties?.RoleArn)?.["Fn::GetAtt"]?.[0] === role;
      const [id] = all.find(([, resource]) => isHolder(resource)) ?? [];
      if (id === undefined) throw new Error(`Nobody works under the role ${role}.`);
      return nameOf(template, id);
    };
    return all.flatMap(([, { Type, Properties }]): Permission[] => {
      const statements = (Properties?.PolicyDocument?.Statement ?? []) as readonly Statement[];
      const allowed = statements.filter(({ Effect }) => Effect === "Allow");
      if (Type === "AWS::IAM::Policy")
        return Properties.Roles.flatMap(({ Ref }: { Ref: string }) => allowed.flatMap((one) => those(template, holder(Ref), one)));
      if (Type === "AWS::Lambda::Permission") {
        const { Principal, SourceArn, Action, FunctionName } = Properties;
        return [{ who: `${Principal}, ${on(template, SourceArn)}`, action: Action, on: read(template, FunctionName) }];
      }
      return allowed.flatMap((one) => {
        const source = Object.values(one.Condition ?? {}).find((condition) => "aws:SourceArn" in condition)?.["aws:SourceArn"];
        return those(template, [one.Principal?.Service, ...(source === undefined ? [] : [on(template, source)])].join(", "), one);
      });
    });
  });
  return [...new Map(given.map((one) => [`${one.who}|${one.action}|${one.on}`, one])).values()];
};
