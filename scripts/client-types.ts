import { type OpenApi, type Operation, ROUTES } from "@qmoi/functions/api";
import { openApiOf } from "@qmoi/functions/api/openapi";

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const comment = (text: unknown, indent: string): string =>
  text === undefined ? "" : `${indent}/** ${String(text).replaceAll("*/", "*\\/")} */\n`;
const union = (types: readonly string[]): string => [...new Set(types)].join(" | ");
const inList = (type: string): string => (/[|&]/.test(type) ? `(${type})` : type);

/** The type of what a schema lets through. */
const typeOf = (schema: unknown, indent = ""): string => {
  if (!isSchema(schema)) return schema === false ? "never" : "unknown";
  if (typeof schema.$ref === "string") return schema.$ref.split("/").at(-1) ?? "unknown";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return union(choices.map((choice) => typeOf(choice, indent)));
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, indent)));
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `${inList(typeOf(schema.items, indent))}[]`;
    case "object":
      return objectOf(schema, indent);
    default:
      return "unknown";
  }
};

const objectOf = ({ properties, required, additionalProperties }: Schema, indent: string): string => {
  const inner = `${indent}  `;
  const needed = new Set(Array.isArray(required) ? required : []);
  const lines = Object.entries((properties ?? {}) as Schema).map(([name, schema]) => {
    const [type, description] = [typeOf(schema, inner), isSchema(schema) ? schema.description : undefined];
    // `unknown` says undefined already.
    const optional = needed.has(name) ? `: ${type}` : `?: ${type}${type === "unknown" ? "" : " | undefined"}`;
    return `${comment(description, inner)}${inner}${key(name)}${optional};\n`;
  });
  if (lines.length > 0) return `{\n${lines.join("")}${indent}}`;
  return additionalProperties === false ? "Record<string, never>" : `Record<string, ${typeOf(additionalProperties, indent)}>`;
};

const parameters = ({ parameters = [] }: Operation, where: string): Schema => {
  const own = parameters.filter((one) => one.in === where);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(
      own.map(({ name, schema, description }) => [name, { ...schema, ...(description === undefined ? {} : { description }) }]),
    ),
    required: own.filter(({ required }) => required).map(({ name }) => name),
  };
};

const operationType = (operation: Operation): string => {
  const answers = Object.entries(operation.responses)
    .filter(([status]) => /^2/.test(status))
    .flatMap(([, { content = {} }]) => Object.values(content).map(({ schema }) => typeOf(schema, "    ")));
  const body = operation.requestBody?.content["application/json"]?.schema;
  const optional = operation.requestBody?.required === false ? " | undefined" : "";
  return `{
    params: ${typeOf(parameters(operation, "path"), "    ")};
    query: ${typeOf(parameters(operation, "query"), "    ")};
    body: ${body ? `${typeOf(body, "    ")}${optional}` : "undefined"};
    answer: ${union(answers)};
  }`;
};

/** What the API says of itself, whatever its version. */
export const description = (): Promise<OpenApi> => openApiOf(ROUTES, "");

/** Types of everything that the API takes and answers, from its description. */
export const clientTypes = (document: OpenApi): string => {
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => {
    const type = typeOf(schema);
    return `${comment(schema.description, "")}${type.startsWith("{") ? `export interface ${name} ${type}` : `export type ${name} = ${type};`}\n`;
  });
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        `${comment(operation.summary, "  ")}  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: ${operationType(operation)};\n`,
    ),
  );
  return `// Made from the description of the API by \`npm run generate\`.

${schemas.join("\n")}
/** What each operation takes and answers. */
export interface Operations {
${operations.join("")}}
`;
};
