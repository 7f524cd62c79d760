import type { ModuleSettings } from "./modules.ts";

/** The eight systems, in the order in which people list them. */
export const MODULES = [
  "master-automation",
  "advanced-automation",
  "health-monitor",
  "parallel-error-fixer",
  "intelligent-scheduler",
  "data-optimizer",
  "auto-evolution",
  "cloud-integration",
] as const;
export type ModuleName = (typeof MODULES)[number];

/**
 * The order in which modules start: waves one after another, the modules of a wave side by side. A module comes after what it needs, and
 * of those that could come next the lowest priority goes first. Modules that are not enabled, in a cycle, or not among those `there` are left
 * out, and nobody waits for one that is not there.
 */
export const moduleWaves = (
  modules: Readonly<Record<ModuleName, ModuleSettings>>,
  there: ReadonlySet<ModuleName>,
): readonly (readonly ModuleName[])[] => {
  const waves: ModuleName[][] = [];
  const placed = new Set<ModuleName>();
  for (;;) {
    const free = MODULES.filter(
      (name) =>
        modules[name].enabled &&
        there.has(name) &&
        !placed.has(name) &&
        modules[name].needs.every((need) => placed.has(need) || !there.has(need)),
    );
    if (free.length === 0) return waves;
    const first = Math.min(...free.map((name) => modules[name].priority));
    const wave = free.filter((name) => modules[name].priority === first);
    for (const name of wave) placed.add(name);
    waves.push(wave);
  }
};
