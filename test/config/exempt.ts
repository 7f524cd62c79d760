import { MODULES } from "@qmoi/config";

const BUILT: readonly string[] = ["advanced-automation"];

/** Leaves of modules that are not built yet: nothing can differ by them. Remove a module here once it is there. */
export const exempt: readonly string[] = MODULES.filter((name) => !BUILT.includes(name)).flatMap((name) => [
  `master.modules.${name}.schedule`,
  `master.modules.${name}.enabled`,
]);
