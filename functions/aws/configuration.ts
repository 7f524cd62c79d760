import type { Config } from "@qmoi/config";
import { FreshConfiguration, OverlaidConfiguration } from "@qmoi/runtime";
import type { CloudStore } from "./store.ts";

// Put in by whoever bundles the function: the configuration's files by name, and what they come to.
declare const QMOI_CONFIG: Readonly<Record<string, string>>;
declare const QMOI_SETTINGS: Config;

/** A configuration file as it was deployed. */
export const configurationFile = (file: string): string | undefined => QMOI_CONFIG[file];

/** The files as they were deployed, and over them what was changed at run time. */
export const openConfiguration = (store: Pick<CloudStore, "table" | "clock" | "logger">): FreshConfiguration =>
  new FreshConfiguration(
    store,
    new OverlaidConfiguration({
      ...store,
      files: QMOI_SETTINGS,
      overlay: async () => (await import("./overlay.ts")).overlayOn(configurationFile),
    }),
  );
