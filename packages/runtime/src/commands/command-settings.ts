import { type Config, type ModuleName, moduleWaves } from "@qmoi/config";
import { nextAfter, parseSchedule } from "@qmoi/core";
import type { AuditReader } from "../audit/audit-reader.ts";
import type { Modules } from "../modules.ts";
import type { AuditLookup, CommandSettings } from "./parts.ts";

const DAY_MS = 86_400_000;

/** What commands read of the configuration, in their own units. */
export const commandSettings = ({ master, backup }: Config, modules: Pick<Modules, "names">, now: number): CommandSettings => {
  const there = new Set(modules.names);
  return {
    waves: moduleWaves(master.modules, there),
    needs: (module) => master.modules[module].needs,
    scheduleOf: (module) => master.modules[module].schedule,
    everyMs: (module) => everyMs({ master }, module, now),
    maxConcurrent: master.max_concurrent_modules,
    coordinates: master.auto_coordination,
    verifiesHealth: master.health_monitoring,
    commandsEnabled: master.master_commands_enabled,
    emergencyEnabled: master.emergency_stop_enabled,
    ...(backup.enabled ? { backupEveryMs: gapOf(backup.schedule, now) } : {}),
    pollSeconds: 1,
  };
};

/** What commands ask the audit. */
export const auditLookup = (records: AuditReader): AuditLookup => ({
  find: async (subject, since) => {
    const found: { action: string; who: string; outcome: string }[] = [];
    for (let after: string | undefined; ; ) {
      const page = await records.list({ subject, since, ...(after === undefined ? {} : { after }) });
      found.push(...page.items);
      if (page.next === undefined) return found;
      after = page.next;
    }
  },
  isWhole: async () => (await records.verify()).whole,
});

/** The time between two of a module's scheduled passes, from now. */
export const everyMs = ({ master }: Pick<Config, "master">, module: ModuleName, now: number): number =>
  gapOf(master.modules[module].schedule, now);

/** The time between the next two occurrences of a schedule; a day where there are none. */
const gapOf = (expression: string, now: number): number => {
  const schedule = parseSchedule(expression, "UTC", { anchor: now });
  const first = nextAfter(schedule, now) ?? now + DAY_MS;
  return (nextAfter(schedule, first) ?? first + DAY_MS) - first;
};
