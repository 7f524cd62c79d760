import type { Observable } from "../observable.ts";
import { accessObservables } from "./access.ts";
import { backupObservables } from "./backups.ts";
import { engineObservables } from "./engine.ts";
import { limitObservables } from "./limits.ts";
import { masterObservables } from "./master.ts";
import { moduleObservables } from "./modules.ts";
import { providerObservables } from "./providers.ts";
import { retryObservables } from "./retries.ts";
import { schedulerObservables } from "./scheduler.ts";

/** Every leaf's proof. */
export const observables: readonly Observable[] = [
  ...moduleObservables,
  ...masterObservables,
  ...limitObservables,
  ...retryObservables,
  ...engineObservables,
  ...accessObservables,
  ...backupObservables,
  ...schedulerObservables,
  ...providerObservables,
];
