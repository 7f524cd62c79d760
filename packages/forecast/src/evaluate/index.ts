// Apart from the package's index: how good forecasts are on a table or a set of traces.
export { wfformatRecords } from "../wfformat.ts";
export { evaluateTable } from "./evaluate-table.ts";
export { evaluateWfformat } from "./evaluate-wfformat.ts";
