import { CONFIG_DOCUMENTS, type Config } from "./load-config.ts";
import { MODULES, type ModuleName } from "./module-waves.ts";

/** The master can't be switched off: nobody could switch it on again. */
const NOT_READ: readonly string[] = ["master.modules.master-automation.enabled"];

/** The modules that this version has. The others are left out of plans, and their settings can't be changed. */
export const BUILT: ReadonlySet<ModuleName> = new Set<ModuleName>(["master-automation", "advanced-automation", "intelligent-scheduler"]);

/** The module that reads a leaf, a path of `configLeaves` or below one. */
export const moduleOfLeaf = (leaf: string): ModuleName => {
  const [document = "", group, name] = leaf.split(".");
  // The master takes reports and tells who is silent, whether or not work is placed anywhere.
  if (document === "cloud" && group === "reports") return "master-automation";
  const named = MODULES.find((module) => document === "master" && group === "modules" && module === name);
  return named ?? CONFIG_DOCUMENTS[document as keyof Config].module;
};

/** Whether anything reads the leaf in this version. */
export const isBuilt = (leaf: string): boolean =>
  BUILT.has(moduleOfLeaf(leaf)) && !NOT_READ.some((path) => leaf === path || leaf.startsWith(`${path}.`));
