import * as z from "zod";
import { CONFIG_DOCUMENTS } from "./settings/load-config.ts";
import { workflowSchema } from "./workflow.ts";

/** JSON Schemas (2020-12) of the documents that people write, by file name under config/schema/. Editors find them by `$schema`. */
export const schemaFiles = (): Record<string, object> => {
  const documents = Object.values(CONFIG_DOCUMENTS).map(({ file, schema }) => [file.replace(/\.json$/, ".schema.json"), schema] as const);
  return Object.fromEntries(
    [["workflow.schema.json", workflowSchema] as const, ...documents].map(([file, schema]) => [file, jsonSchema(file, schema)]),
  );
};

/** Of what is written, not of what is read: keys with a default may be left out. */
const jsonSchema = (file: string, schema: z.ZodType): object => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return { $schema, $id: file, ...rest };
};
