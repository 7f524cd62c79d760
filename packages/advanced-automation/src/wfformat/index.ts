export { type ImportOptions, importWfformat } from "./import-wfformat.ts";
