// Apart from the package's index: it brings the languages of expressions, patterns and schemas, which are large.
export { checkInputs, compileInputs, type InputsCheck } from "../inputs/check-inputs.ts";
export { checkDefinition, checkWorkflow, readWorkflow } from "./check-workflow.ts";
