import { loadConfig, MODULES, moduleWaves } from "@qmoi/config";
import type { Observable } from "../observable.ts";

const observe: Observable["observe"] = ({ master }) => moduleWaves(master.modules);
const defaults = loadConfig(() => undefined).master.modules;

/** Where a module stands in the order in which a master command starts and stops modules. */
export const moduleObservables: readonly Observable[] = MODULES.flatMap((name) => {
  const set = (settings: object): Observable["change"] => ({ master: { modules: { [name]: { ...settings } } } });
  const other = name === "parallel-error-fixer" ? "health-monitor" : "parallel-error-fixer";
  const needs = defaults[name].needs.length > 0 ? [] : [other];
  return [
    { leaf: `master.modules.${name}.priority`, change: set({ priority: name === "cloud-integration" ? 0 : 9 }), observe },
    { leaf: `master.modules.${name}.needs`, base: set({ priority: 0 }), change: set({ needs }), observe },
  ];
});
