/** Most metrics of one report: it is stored in one item, which each report writes anew. */
export const MOST_METRICS = 20;

/** A type, and no interface: types are JSON to the compiler, and it is stored as it is. */
export type ReportedMetric = { readonly name: string; readonly value: number; readonly unit?: string | undefined };

/** What a provider tells of itself. */
export interface ProviderReport {
  /** The report's own: whoever isn't sure that it came sends it again under the same. */
  readonly id: string;
  /** When it was made, by the provider's clock (ms since 1970). */
  readonly at: number;
  readonly metrics: readonly ReportedMetric[];
}

export const RECEPTIONS = ["accepted", "repeated", "outdated"] as const;
/** What becomes of a report: it is the latest now, it was known already, or a later one is known. */
export type Reception = (typeof RECEPTIONS)[number];

/**
 * What becomes of a report where another one is known. Of two reports the later one counts, of the same time the one with the higher id:
 * whatever the order in which reports come, the same one is the latest in the end.
 */
export const receptionOf = (report: Pick<ProviderReport, "id" | "at">, known?: Pick<ProviderReport, "id" | "at">): Reception => {
  if (!known) return "accepted";
  if (report.id === known.id) return "repeated";
  return report.at > known.at || (report.at === known.at && report.id > known.id) ? "accepted" : "outdated";
};
