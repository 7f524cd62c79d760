/** One call of a table, as wrappers tell calls apart. */
export interface TableCall {
  readonly op: "get" | "put" | "delete" | "query" | "queryIndex" | "scan";
  /** The key; of a query its partition, of a scan nothing. */
  readonly pk?: string;
  readonly sk?: string;
  readonly index?: 1 | 2;
  /** The site of the write's condition. */
  readonly site?: string;
}
