import { readWorkflow } from "@qmoi/config/check";
import { schemaFiles } from "@qmoi/config/schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describeDifferences } from "../differences.ts";
import { type FuzzTarget, Unjustified } from "../fuzz.ts";
import { parseStrictly } from "../json-rules.ts";
import { mutateDocument } from "../mutate-json.ts";
import { randomText } from "../mutate-text.ts";
import { workflowDocuments } from "./workflow-documents.ts";
import { HOST, judgeWorkflow, POOLS } from "./workflow-rules.ts";

const schema = schemaFiles()["workflow.schema.json"] as Readonly<Record<string, unknown>>;
const ajv = new Ajv2020({ strict: false });
const isValid = ajv.compile(schema);

/** Workflow definitions as they are published. */
export const workflows: FuzzTarget = {
  name: "workflows",
  mutate: (random) => {
    const document = random.pick(workflowDocuments);
    return { input: mutateDocument(document, random), from: JSON.stringify(document) };
  },
  invent: randomText,
  run: (input) => void readWorkflow(input, { pools: POOLS, host: HOST }, { file: "w.json" }),
  justify: (input, from = "{}") => {
    const value = parseStrictly(input);
    if (!isValid(value)) throw new Unjustified(`its schema refuses it: ${ajv.errorsText(isValid.errors)}`);
    judgeWorkflow(value as Parameters<typeof judgeWorkflow>[0]);
    return describeDifferences(JSON.parse(from), value, schema);
  },
};
