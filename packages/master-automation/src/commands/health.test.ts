import { describe, expect, it } from "vitest";
import { type Finding, type HealthFacts, judgeHealth, type Severity, worstOf } from "./health.ts";

const MINUTE = 60_000;
const NOW = 1_000_000_000;
const FACTS: HealthFacts = {
  now: NOW,
  store: { readMs: 1, writeMs: 2 },
  late: [],
  queue: { ready: 0, pools: 0 },
  leases: { running: 3, expired: 0 },
  errors: { attempts: 100, failed: 1 },
  disk: { free: 10e9, needed: 2e9 },
  memory: { used: 0.5, pauseAbove: 0.9 },
  modules: [{ module: "advanced-automation", runs: true, everyMs: MINUTE, lastSuccess: NOW - 1000 }],
  configuration: { invalid: [] },
  backups: { newest: NOW - MINUTE, everyMs: 1440 * MINUTE },
  providers: [{ provider: "gcp", state: "reporting", minutes: 3, received: NOW - 3 * MINUTE }],
  paused: false,
};
const ALARM = { name: "throttles", text: "See docs/runbooks.md#throttles.", reason: "5 > 0", since: NOW - 3 * MINUTE };
const found = (about: string, facts: Partial<HealthFacts>): Finding => {
  const finding = judgeHealth({ ...FACTS, ...facts }).find((one) => one.about === about);
  if (!finding) throw new Error(`nothing was found about ${about}`);
  return finding;
};
const module = (more: object): Partial<HealthFacts> => ({
  modules: [{ module: "advanced-automation" as const, runs: true, everyMs: MINUTE, ...more }],
});

/** What is looked at, the facts, and what must be found: severity, text, evidence. */
const CASES: readonly (readonly [about: string, facts: Partial<HealthFacts>, severity: Severity, text: RegExp, evidence: object])[] = [
  ["store", {}, "ok", /read took 1.0 ms, a conditional write 2.0 ms/, { readMs: 1, writeMs: 2 }],
  ["store", { store: { readMs: 101, writeMs: 2 } }, "warning", /101.0 ms/, { readMs: 101 }],
  ["store", { store: { readMs: 1, writeMs: 1001 } }, "critical", /1001.0 ms/, { writeMs: 1001 }],
  ["store", { store: { error: "gone" } }, "critical", /does not answer: gone/, { error: "gone" }],
  ["schedules", {}, "ok", /No firing is late/, { late: 0 }],
  ["schedules", { late: [{ schedule: "s", due: NOW - MINUTE }] }, "warning", /1 firings? (is|are) late/, { late: 1, worstMs: MINUTE }],
  ["schedules", { late: [{ schedule: "s", due: NOW - 11 * MINUTE }] }, "critical", /by 11 min/, { worstMs: 11 * MINUTE }],
  ["schedules", { late: [{ schedule: "s", due: NOW - 11 * MINUTE }], paused: true }, "ok", /stopped/, { late: 1 }],
  ["queue", {}, "ok", /Nothing waits/, { ready: 0 }],
  ["queue", { queue: { ready: 4, pools: 1, oldestReadyAt: NOW - 11 * MINUTE } }, "warning", /4 tasks wait/, { oldestMs: 11 * MINUTE }],
  ["queue", { queue: { ready: 4, pools: 1, oldestReadyAt: NOW - 61 * MINUTE } }, "critical", /since 61 min/, { ready: 4 }],
  ["queue", { queue: { ready: 4, pools: 1, oldestReadyAt: NOW - 61 * MINUTE }, paused: true }, "ok", /4 tasks/, { ready: 4 }],
  ["leases", {}, "ok", /3 attempts run/, { running: 3, expired: 0 }],
  ["leases", { leases: { running: 3, expired: 1 } }, "warning", /1 of 3 running/, { expired: 1 }],
  ["errors", {}, "ok", /1 of 100 attempts failed/, { rate: 0.01 }],
  ["errors", { errors: { attempts: 0, failed: 0 } }, "ok", /No attempt ended/, { attempts: 0 }],
  ["errors", { errors: { attempts: 19, failed: 19 } }, "ok", /19 of 19/, { rate: 1 }],
  ["errors", { errors: { attempts: 20, failed: 2 } }, "warning", /10.0 %/, { rate: 0.1 }],
  ["errors", { errors: { attempts: 20, failed: 11 } }, "critical", /55.0 %/, { failed: 11 }],
  ["disk", {}, "ok", /MB are free/, { free: 10e9 }],
  ["disk", { disk: { free: 1.9e9, needed: 2e9 } }, "warning", /1812 MB/, { needed: 2e9 }],
  ["disk", { disk: { free: 0.4e9, needed: 2e9 } }, "critical", /381 MB/, { free: 0.4e9 }],
  ["memory", {}, "ok", /50 %/, { used: 0.5 }],
  ["memory", { memory: { used: 0.85, pauseAbove: 0.9 } }, "warning", /85 %/, { used: 0.85 }],
  ["memory", { memory: { used: 0.95, pauseAbove: 0.9 } }, "critical", /above 90 % nothing starts/, { pauseAbove: 0.9 }],
  ["module", {}, "ok", /last succeeded 1 s ago/, { module: "advanced-automation", ageMs: 1000 }],
  ["module", module({ lastSuccess: NOW - 4 * MINUTE }), "warning", /4 min ago/, { ageMs: 4 * MINUTE }],
  ["module", module({ lastSuccess: NOW - 10 * MINUTE }), "critical", /10 min ago/, { everyMs: MINUTE }],
  ["module", module({}), "info", /has not worked here yet/, { ageMs: null }],
  ["module", module({ runs: false, lastSuccess: NOW - 10 * MINUTE }), "info", /is stopped/, { runs: false }],
  ["configuration", {}, "ok", /All documents fit/, { invalid: [] }],
  ["configuration", { configuration: { invalid: ["errors"] } }, "critical", /no longer fits: errors/, { invalid: ["errors"] }],
  ["backups", {}, "ok", /newest backup is 60 s old/, { ageMs: MINUTE }],
  ["backups", { backups: { everyMs: MINUTE } }, "info", /no backup yet/, { ageMs: null }],
  ["backups", { backups: { newest: NOW - 2 * MINUTE, everyMs: MINUTE } }, "warning", /2 min old/, { everyMs: MINUTE }],
  ["backups", { backups: { newest: NOW - 4 * MINUTE, everyMs: MINUTE } }, "critical", /4 min old/, { ageMs: 4 * MINUTE }],
  ["backups", { backups: { newest: NOW - MINUTE } }, "warning", /None is made by itself/, { everyMs: null }],
  ["providers", {}, "ok", /Providers report: gcp/, { providers: 1, minutes: 3 }],
  [
    "providers",
    { providers: [{ provider: "gcp", state: "silent", minutes: 20, received: NOW - 20 * MINUTE }] },
    "warning",
    /gcp has not reported for 20 min/,
    { provider: "gcp", minutes: 20 },
  ],
  ["providers", { providers: [{ provider: "aws", state: "silent", minutes: 1440 }] }, "warning", /aws has never reported/, {}],
  ["alarms", { alarms: { on: [] } }, "ok", /No alarm is on/, { on: [] }],
  [
    "alarms",
    { alarms: { on: [ALARM] } },
    "critical",
    /alarm throttles is on since 3 min: 5 > 0/,
    { alarm: "throttles", sinceMs: 3 * MINUTE },
  ],
  ["alarms", { alarms: { error: "forbidden" } }, "warning", /can't be read: forbidden/, { error: "forbidden" }],
];

describe("a health check", () => {
  it.each(CASES)("of %s, case %#", (about, facts, severity, text, evidence) => {
    const finding = found(about, facts);
    expect(finding).toMatchObject({ severity, evidence });
    expect(finding.text).toMatch(text);
    // Whatever is not well says what to do.
    expect(finding.todo === undefined).toBe(severity === "ok");
  });

  it("looks at everything once, and tells the worst first", () => {
    const findings = judgeHealth({ ...FACTS, leases: { running: 1, expired: 1 }, disk: { free: 1, needed: 2e9 } });
    expect(findings.map(({ about }) => about).sort()).toEqual(
      ["backups", "configuration", "disk", "errors", "leases", "memory", "module", "providers", "queue", "schedules", "store"].sort(),
    );
    expect(findings.slice(0, 2).map(({ about }) => about)).toEqual(["disk", "leases"]);
    expect([worstOf(findings), worstOf(judgeHealth(FACTS)), worstOf([])]).toEqual(["critical", "ok", "ok"]);
  });

  it("tells each alarm that is on, with what to do", () => {
    const findings = judgeHealth({ ...FACTS, alarms: { on: [ALARM, { ...ALARM, name: "errors" }] } }).filter(
      ({ about }) => about === "alarms",
    );
    expect(findings.map(({ evidence, todo }) => [evidence.alarm, todo])).toEqual([
      ["throttles", ALARM.text],
      ["errors", ALARM.text],
    ]);
    expect(judgeHealth(FACTS).some(({ about }) => about === "alarms")).toBe(false);
  });

  it("tells each provider that is silent, and says nothing where there are none", () => {
    const providers = [...FACTS.providers, ...["aws", "azure"].map((provider) => ({ provider, state: "silent" as const, minutes: 1440 }))];
    const about = (facts: Partial<HealthFacts>) => judgeHealth({ ...FACTS, ...facts }).filter((one) => one.about === "providers");
    expect(about({ providers }).map(({ evidence }) => evidence.provider)).toEqual(["aws", "azure"]);
    expect(about({ providers: [] })).toEqual([]);
  });

  it("leaves backups out where none can be kept", () => {
    const { backups: _, ...rest } = FACTS;
    expect(judgeHealth(rest).some(({ about }) => about === "backups")).toBe(false);
  });
});
