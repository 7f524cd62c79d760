import { MODULES, moduleWaves } from "@qmoi/config";
import { BUILT } from "@qmoi/config/schemas";
import type { Observable } from "../observable.ts";

const observe: Observable["observe"] = ({ master }) => moduleWaves(master.modules, new Set(MODULES));

/** Where a module stands in the order in which a master command starts and stops modules. */
export const moduleObservables: readonly Observable[] = [...BUILT].flatMap((name) => {
  const set = (settings: object): Observable["change"] => ({ master: { modules: { [name]: { ...settings } } } });
  const other = name === "parallel-error-fixer" ? "health-monitor" : "parallel-error-fixer";
  return [
    { leaf: `master.modules.${name}.priority`, change: set({ priority: 9 }), observe },
    { leaf: `master.modules.${name}.needs`, base: set({ priority: 0, needs: [] }), change: set({ needs: [other] }), observe },
  ];
});
