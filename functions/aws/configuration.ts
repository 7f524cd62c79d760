import type { Config } from "@qmoi/config";
import { FreshConfiguration, OverlaidConfiguration } from "@qmoi/runtime";
import type { CloudStore } from "./store.ts";

// Put in by whoever bundles the function: what the configuration's files come to.
declare const QMOI_SETTINGS: Config;

/** The files as they were deployed, and over them what was changed at run time. */
export const openConfiguration = (store: Pick<CloudStore, "table" | "clock" | "logger">): FreshConfiguration =>
  new FreshConfiguration(
    store,
    new OverlaidConfiguration({
      ...store,
      files: QMOI_SETTINGS,
      overlay: async () => (await import("./overlay.ts")).overlay,
    }),
  );
