type Schema = Readonly<Record<string, unknown>>;

/** What changed between two documents that a JSON Schema both accepts, in words: each kind of change once. */
export const describeDifferences = (before: unknown, after: unknown, schema: Schema): string => {
  const kinds = new Set<string>();
  compare(before, after, resolve(schema, schema), schema, kinds);
  return kinds.size === 0 ? "the same document, written otherwise" : [...kinds].sort().join(" + ");
};

const compare = (before: unknown, after: unknown, schema: Schema, root: Schema, kinds: Set<string>): void => {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = child(schema, key, root);
      if (!(key in after)) kinds.add(isFree(schema, key) ? "an entry left out" : "an optional key left out");
      else if (!(key in before)) kinds.add(isFree(schema, key) ? "another entry" : `an optional key, ${kindOf(inner)}`);
      else compare(before[key], after[key], choose(inner, after[key], root), root, kinds);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const inner = (index: number): Schema => choose(resolve((schema.items ?? {}) as Schema, root), after[index], root);
    if (before.length !== after.length) kinds.add("a longer or shorter list");
    else for (const [index, value] of before.entries()) compare(value, after[index], inner(index), root, kinds);
  } else kinds.add(kindOf(schema));
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> => (schema.properties ?? {}) as Record<string, Schema>;
const isFree = (schema: Schema, key: string): boolean => !Object.hasOwn(propertiesOf(schema), key);
const child = (schema: Schema, key: string, root: Schema): Schema =>
  resolve(
    Object.hasOwn(propertiesOf(schema), key)
      ? (propertiesOf(schema)[key] as Schema)
      : isObject(schema.additionalProperties)
        ? schema.additionalProperties
        : {},
    root,
  );

const resolve = (schema: Schema, root: Schema): Schema => {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/$defs/", "") : undefined;
  return name === undefined ? schema : ((root.$defs as Record<string, Schema>)[name] as Schema);
};

/** The branch of a choice that a value belongs to, by its type and its own `type` key. */
const choose = (schema: Schema, value: unknown, root: Schema): Schema => {
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (!branches) return schema;
  const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  const fits = (branch: Schema): boolean => {
    const wanted = branch.type === "integer" ? "number" : branch.type;
    const tag = propertiesOf(branch).type?.const;
    return (wanted === undefined || wanted === type) && (tag === undefined || (isObject(value) && value.type === tag));
  };
  return resolve(branches.find((branch) => fits(resolve(branch, root))) ?? {}, root);
};

const kindOf = (schema: Schema): string => {
  if (schema.enum || schema.const !== undefined) return "another of the choices";
  if (schema.type === "integer" || schema.type === "number") return "another number within its bounds";
  if (schema.type === "boolean") return "a switch";
  if (schema.type === "string")
    return schema.pattern === undefined ? "another text where any will do" : "another text that fits its pattern";
  if (schema.type === undefined && !schema.anyOf && !schema.oneOf) return "other JSON where any will do";
  return "another value of those allowed";
};
