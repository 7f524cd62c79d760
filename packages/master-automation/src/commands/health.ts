import type { ModuleName } from "@qmoi/config";
import type { Alarm, JsonObject } from "@qmoi/core";

export const SEVERITIES = ["ok", "info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that a health check looked at. */
export interface Finding {
  /** `store`, `schedules`, `queue`, `leases`, `errors`, `disk`, `memory`, `module`, `configuration`, `backups`, `providers`, `alarms`. */
  readonly about: string;
  readonly severity: Severity;
  /** What was found, in a sentence. */
  readonly text: string;
  /** The figures that it rests on. */
  readonly evidence: JsonObject;
  /** What to do, where there is something. */
  readonly todo?: string;
}

/** What was measured. Times in ms, sizes in bytes; a fact that could not be read is absent. */
export interface HealthFacts {
  readonly now: number;
  readonly store: { readonly readMs: number; readonly writeMs: number } | { readonly error: string };
  /** Schedules whose next time has passed without a record. */
  readonly late: readonly { readonly schedule: string; readonly due: number }[];
  readonly queue: { readonly ready: number; readonly pools: number; readonly oldestReadyAt?: number };
  readonly leases: { readonly running: number; readonly expired: number };
  readonly errors: { readonly attempts: number; readonly failed: number };
  readonly disk: { readonly free: number; readonly needed: number };
  readonly memory: { readonly used: number; readonly pauseAbove: number };
  readonly modules: readonly {
    readonly module: ModuleName;
    readonly runs: boolean;
    readonly everyMs: number;
    readonly lastSuccess?: number;
  }[];
  readonly configuration: { readonly invalid: readonly string[] };
  /** `everyMs` is absent where none are made by themselves. */
  readonly backups?: { readonly newest?: number; readonly everyMs?: number };
  /** Those that are expected to report or did; `received`: when the latest report came. */
  readonly providers: readonly {
    readonly provider: string;
    readonly state: "reporting" | "silent";
    readonly minutes: number;
    readonly received?: number;
  }[];
  /** What watches the platform from outside; absent where nothing does. */
  readonly alarms?: { readonly on: readonly Alarm[] } | { readonly error: string };
  readonly paused: boolean;
}

const MINUTE = 60_000;
const ago = (ms: number): string => (ms < 2 * MINUTE ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / MINUTE)} min`);

/** Above these a read or write of the store is slow: 50 times what a local one takes, ten times what one in the same region does. */
const SLOW_MS = 100;
const VERY_SLOW_MS = 1_000;
/** A firing may be this late before it is worth a word: two ticks. */
const LATE_MS = 2 * MINUTE;
const OLD_MS = 10 * MINUTE;

type Look = (facts: HealthFacts) => Finding;

const finding = (about: string, severity: Severity, text: string, evidence: JsonObject, todo?: string): Finding => ({
  about,
  severity,
  text,
  evidence,
  ...(todo === undefined || severity === "ok" ? {} : { todo }),
});

const store: Look = ({ store }) => {
  if ("error" in store)
    return finding("store", "critical", `The store does not answer: ${store.error}`, { error: store.error }, "Run `qmoi doctor`.");
  const worst = Math.max(store.readMs, store.writeMs);
  const severity = worst > VERY_SLOW_MS ? "critical" : worst > SLOW_MS ? "warning" : "ok";
  const text = `A read took ${store.readMs.toFixed(1)} ms, a conditional write ${store.writeMs.toFixed(1)} ms.`;
  return finding("store", severity, text, { ...store }, "Look at the disk's load, or at the table's throttling.");
};

const schedules: Look = ({ late, now, paused }) => {
  const worst = Math.max(0, ...late.map(({ due }) => now - due));
  const severity = late.length === 0 || paused ? "ok" : worst > OLD_MS ? "critical" : "warning";
  const text =
    late.length === 0
      ? "No firing is late."
      : `${late.length} firings are late, the oldest by ${ago(worst)}${paused ? "; the system is stopped" : ""}.`;
  return finding("schedules", severity, text, { late: late.length, worstMs: worst }, "See that a server runs, and `qmoi schedules`.");
};

const queue: Look = ({ queue, now, paused }) => {
  const age = queue.oldestReadyAt === undefined ? 0 : now - queue.oldestReadyAt;
  const severity = paused || age < OLD_MS ? "ok" : age > 6 * OLD_MS ? "critical" : "warning";
  const text = queue.ready === 0 ? "Nothing waits for a slot." : `${queue.ready} tasks wait for a slot, the oldest since ${ago(age)}.`;
  return finding(
    "queue",
    severity,
    text,
    { ready: queue.ready, oldestMs: age },
    "Raise the pool's slots, or look at what holds them with `qmoi explain`.",
  );
};

const leases: Look = ({ leases }) =>
  finding(
    "leases",
    leases.expired > 0 ? "warning" : "ok",
    leases.expired > 0
      ? `${leases.expired} of ${leases.running} running attempts have outlived their lease.`
      : `${leases.running} attempts run, all within their lease.`,
    { ...leases },
    "They are taken over by the next tick; if not, see that a server runs.",
  );

const errors: Look = ({ errors: { attempts, failed } }) => {
  const rate = attempts === 0 ? 0 : failed / attempts;
  const severity = attempts < 20 || rate < 0.1 ? "ok" : rate > 0.5 ? "critical" : "warning";
  const text =
    attempts === 0
      ? "No attempt ended since yesterday."
      : `${failed} of ${attempts} attempts failed since yesterday (${(rate * 100).toFixed(1)} %).`;
  return finding("errors", severity, text, { attempts, failed, rate }, "See `qmoi stats --by type` and `qmoi dead-letters`.");
};

const disk: Look = ({ disk: { free, needed } }) => {
  const severity = free < needed / 4 ? "critical" : free < needed ? "warning" : "ok";
  return finding(
    "disk",
    severity,
    `${Math.round(free / 2 ** 20)} MB are free on the disk of the data.`,
    { free, needed },
    "Free space, or shorten the retention in error_handling.json.",
  );
};

const memory: Look = ({ memory: { used, pauseAbove } }) => {
  const severity = used > pauseAbove ? "critical" : used > pauseAbove - 0.1 ? "warning" : "ok";
  const text = `${(used * 100).toFixed(0)} % of the memory is in use; above ${(pauseAbove * 100).toFixed(0)} % nothing starts.`;
  return finding("memory", severity, text, { used, pauseAbove }, "End other programs, or give the host more memory.");
};

const configuration: Look = ({ configuration: { invalid } }) =>
  finding(
    "configuration",
    invalid.length > 0 ? "critical" : "ok",
    invalid.length > 0 ? `What was changed at run time no longer fits: ${invalid.join(", ")}.` : "All documents fit their schemas.",
    { invalid },
    "Correct them with `qmoi config set`, or go back with `qmoi config rollback`.",
  );

const backups = ({ backups, now }: HealthFacts): readonly Finding[] => {
  if (!backups) return [];
  const { newest, everyMs } = backups;
  const age = newest === undefined ? undefined : now - newest;
  const none = everyMs === undefined ? " None is made by itself: backup_optimization.json switches that off." : "";
  const text = `${age === undefined ? "There is no backup yet." : `The newest backup is ${ago(age)} old.`}${none}`;
  const late = age !== undefined && everyMs !== undefined && age > 1.5 * everyMs ? (age > 3 * everyMs ? "critical" : "warning") : "ok";
  const severity = everyMs === undefined ? "warning" : age === undefined ? "info" : late;
  const todo =
    everyMs === undefined
      ? "Make them with `qmoi command backup_system`, or set backup.enabled."
      : "Make one with `qmoi command backup_system`.";
  return [finding("backups", severity, text, { ageMs: age ?? null, everyMs: everyMs ?? null }, todo)];
};

/** A module that has not succeeded for three of its periods, and at least as long, is not well. */
export const judgeModules = ({ modules, now }: Pick<HealthFacts, "modules" | "now">): readonly Finding[] =>
  modules.map(({ module, runs, everyMs, lastSuccess }) => {
    const age = lastSuccess === undefined ? undefined : now - lastSuccess;
    const limit = Math.max(3 * everyMs, LATE_MS);
    const severity = !runs ? "info" : age === undefined ? "info" : age > 3 * limit ? "critical" : age > limit ? "warning" : "ok";
    const text = !runs
      ? `${module} is stopped.`
      : age === undefined
        ? `${module} has not worked here yet.`
        : `${module} last succeeded ${ago(age)} ago.`;
    const todo = runs
      ? age === undefined
        ? "It works on its schedule: look again after its next time."
        : "See its errors in the log."
      : `Start it with \`qmoi command start_module --module ${module}\` or start_all_modules.`;
    return finding("module", severity, text, { module, runs, ageMs: age ?? null, everyMs }, todo);
  });

const providers = ({ providers }: HealthFacts): readonly Finding[] => {
  if (providers.length === 0) return [];
  const silent = providers.filter(({ state }) => state === "silent");
  if (silent.length === 0) {
    const minutes = Math.max(...providers.map((one) => one.minutes));
    const text = `Providers report: ${providers.map(({ provider }) => provider).join(", ")}.`;
    return [finding("providers", "ok", text, { providers: providers.length, minutes })];
  }
  return silent.map(({ provider, minutes, received }) =>
    finding(
      "providers",
      "warning",
      received === undefined ? `${provider} has never reported.` : `${provider} has not reported for ${minutes} min.`,
      { provider, minutes },
      `See that its reporter runs. If none is to, take it from cloud.reports.expected and give \`qmoi provider forget ${provider}\`.`,
    ),
  );
};

const alarms = ({ alarms, now }: HealthFacts): readonly Finding[] => {
  if (!alarms) return [];
  if ("error" in alarms) {
    const text = `The alarms can't be read: ${alarms.error}`;
    return [finding("alarms", "warning", text, { error: alarms.error }, "See that the function may read alarms.")];
  }
  if (alarms.on.length === 0) return [finding("alarms", "ok", "No alarm is on.", { on: [] })];
  return alarms.on.map(({ name, text, reason, since }) =>
    finding(
      "alarms",
      "critical",
      `The alarm ${name} is on${since === undefined ? "" : ` since ${ago(now - since)}`}: ${reason}`,
      { alarm: name, sinceMs: since === undefined ? null : now - since },
      text,
    ),
  );
};

/** What the facts mean, the worst first. */
export const judgeHealth = (facts: HealthFacts): readonly Finding[] =>
  [
    ...[store, schedules, queue, leases, errors, disk, memory, configuration].map((look) => look(facts)),
    ...backups(facts),
    ...judgeModules(facts),
    ...providers(facts),
    ...alarms(facts),
  ].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));

export const worstOf = (findings: readonly Finding[]): Severity =>
  SEVERITIES[Math.max(0, ...findings.map(({ severity }) => SEVERITIES.indexOf(severity)))] ?? "ok";
