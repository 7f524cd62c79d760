import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, ModuleName } from "@qmoi/config";
import { loadConfig } from "@qmoi/config/schemas";

const dir = join(process.cwd(), "config");

/** The configuration's files by name: what they are when something is deployed. */
export const configurationFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(dir)
      .filter((file) => file.endsWith(".json"))
      .map((file) => [file, readFileSync(join(dir, file), "utf8")]),
  );

/** What the files come to, checked and completed. */
export const configuration = (files = configurationFiles()): Config => loadConfig((file) => files[file]);

/** When a module works. */
export const scheduleOf = (module: ModuleName): string => configuration().master.modules[module].schedule;
