// Apart from the package's index: it brings the library of schemas, which is large.
export { reportSchema } from "./reports/report-schema.ts";
