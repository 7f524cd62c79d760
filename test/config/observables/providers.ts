import { MemoryTable, SystemClock } from "@qmoi/adapters";
import { Providers } from "@qmoi/runtime";
import type { Observable } from "../observable.ts";

/** Who is silent ten minutes after one of the providers reported. */
const silentAfterTenMinutes: Observable["observe"] = async (config) => {
  let time = 0;
  const clock = Object.assign(new SystemClock(), { now: () => time });
  const providers = new Providers({ table: new MemoryTable(), clock }, () => config);
  await providers.report("aws", { id: "r", at: 0, metrics: [] });
  time += 10 * 60_000;
  return (await providers.all()).map(({ provider, state }) => [provider, state]);
};

/** Whose reports are missed, and when. */
export const providerObservables: readonly Observable[] = [
  { leaf: "cloud.reports.expected", change: { cloud: { reports: { expected: ["gcp"] } } }, observe: silentAfterTenMinutes },
  { leaf: "cloud.reports.silentAfterMinutes", change: { cloud: { reports: { silentAfterMinutes: 5 } } }, observe: silentAfterTenMinutes },
];
