// Made from the description of the API by `npm run generate`.

export interface Attempt {
  run: string;
  workflow: string;
  version: string;
  task: string;
  type: string;
  attempt: number;
  state: AttemptState;
  worker: string;
  queuedAt: string;
  readyAt: string;
  startedAt: string;
  endedAt: string | null;
  /** Milliseconds from ready to granted. */
  queueDelay: number;
  /** Milliseconds from granted to started. */
  startDelay: number;
  /** The store's order of the transition; null before it, or where the store has none. */
  startSeq: number | null;
  /** The store's order of the transition; null before it, or where the store has none. */
  endSeq: number | null;
  use: {
    cpuSeconds?: number | undefined;
    peakMemoryBytes?: number | undefined;
    bytesWritten?: number | undefined;
  } | null;
  failure: {
    class: "exit" | "exception" | "timeout" | "heartbeat" | "memory" | "network" | "throttled" | "http" | "invalid" | "unavailable" | "lost" | "cancelled";
    code: string;
    message: string;
    retryAfterMs?: number | undefined;
  } | null;
  output?: unknown;
}

export type AttemptState = "running" | "succeeded" | "failed" | "cancelled" | "void";

export interface AuditRecord {
  /** From 1, without gaps. */
  seq: number;
  at: string;
  /** `object.verb`, such as `run.cancel`. */
  action: string;
  /** What it was done to. */
  subject: string;
  who: string;
  from?: string | undefined;
  before?: unknown;
  after?: unknown;
  outcome: "done" | "refused" | "failed";
  reason?: string | undefined;
  requestId?: string | undefined;
  /** `hash` of the record before. */
  prev: string;
  /** Keyed hash of the rest of the record. */
  hash: string;
}

export interface AuditVerdict {
  whole: boolean;
  records: number;
  /** Number of the last record. */
  last: number;
  /** Number of the record that the newest signed head stands for. */
  signed: number;
  findings: ({
    kind: "edited" | "removed" | "inserted" | "reordered" | "rewritten" | "cut" | "head";
    /** First record that it concerns. */
    from: number;
    /** Last record that it concerns. */
    to: number;
    text: string;
  })[];
}

export interface DeadLetter {
  day: string;
  run: string;
  workflow: string;
  task: string;
  attempt: number;
  at: string;
  failure: {
    class: "exit" | "exception" | "timeout" | "heartbeat" | "memory" | "network" | "throttled" | "http" | "invalid" | "unavailable" | "lost" | "cancelled";
    code: string;
    message: string;
    retryAfterMs?: number | undefined;
  };
}

export interface Explanation {
  run: string;
  task: string;
  state: TaskState;
  since: string;
  reasons: ({
    kind: string;
    text: string;
    by?: string[] | undefined;
    until?: string | undefined;
  })[];
  attempts: Attempt[];
  forecast: {
    seconds: Forecast;
    memory: Forecast | null;
  } | null;
}

export interface Health {
  status: "ok";
  version: string;
  time: string;
}

export interface IssuedKey {
  id: string;
  name: string;
  role: "viewer" | "operator" | "master";
  /** Parts of the API that it is held to; null: all. */
  scopes: string[] | null;
  state: "active" | "expired" | "revoked";
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  /** To within a minute. */
  lastUsedAt: string | null;
  rotatedAt: string | null;
  revokedAt: string | null;
  /** The key itself: told once, and left out where the same request is answered again. */
  key?: string | undefined;
}

export interface Key {
  id: string;
  name: string;
  role: "viewer" | "operator" | "master";
  /** Parts of the API that it is held to; null: all. */
  scopes: string[] | null;
  state: "active" | "expired" | "revoked";
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  /** To within a minute. */
  lastUsedAt: string | null;
  rotatedAt: string | null;
  revokedAt: string | null;
}

export interface LogLine {
  attempt: number;
  stream: "stdout" | "stderr" | "log";
  at: string;
  text: string;
}

export interface Published {
  name: string;
  version: string;
  number: number;
  publishedAt: string;
  tasks: number;
  description: string | null;
  /** False if this content was published before. */
  created: boolean;
}

export interface Run {
  run: string;
  workflow: string;
  version: string;
  state: RunState;
  createdAt: string;
  startedAt: string;
  endedAt: string | null;
  priority: number;
  inputs: unknown;
  schedule: string | null;
  nominal: string | null;
  /** Number of tasks known so far. */
  total: number;
  reason: string | null;
  forecast: RunForecast | null;
}

export interface RunDetail {
  run: string;
  workflow: string;
  version: string;
  state: RunState;
  createdAt: string;
  startedAt: string;
  endedAt: string | null;
  priority: number;
  inputs: unknown;
  schedule: string | null;
  nominal: string | null;
  /** Number of tasks known so far. */
  total: number;
  reason: string | null;
  forecast: RunForecast | null;
  tasks: {
    pending: number;
    ready: number;
    waiting: number;
    running: number;
    held: number;
    succeeded: number;
    failed: number;
    skipped: number;
    cancelled: number;
  };
}

export type RunState = "running" | "paused" | "cancelling" | "succeeded" | "failed" | "cancelled";

export interface Schedule {
  workflow: string;
  schedule: string;
  expression: string;
  timezone: string;
  enabled: boolean;
  next: string[];
  last: {
    nominal: string;
    decision: "fired" | "skipped";
    reason: string | null;
    run: string | null;
  } | null;
}

export interface Stats {
  group: string;
  day?: string | undefined;
  attempts: number;
  succeeded: number;
  failed: number;
  successRate: number;
  p50: number;
  p95: number;
  p99: number;
  queueP50: number;
  queueP95: number;
  cpuSeconds: number;
  peakMemoryBytes: number;
  throughput: number;
}

export interface Task {
  name: string;
  state: TaskState;
  needs: string[];
  /** Number of the latest attempt; 0 before the first. */
  attempt: number;
  pool: string;
  slots: number;
  type: string;
  readyAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** The store's order of the transition; null before it, or where the store has none. */
  startSeq: number | null;
  /** The store's order of the transition; null before it, or where the store has none. */
  endSeq: number | null;
  output?: unknown;
  failure: {
    class: "exit" | "exception" | "timeout" | "heartbeat" | "memory" | "network" | "throttled" | "http" | "invalid" | "unavailable" | "lost" | "cancelled";
    code: string;
    message: string;
    retryAfterMs?: number | undefined;
  } | null;
}

export type TaskState = "pending" | "ready" | "waiting" | "running" | "held" | "succeeded" | "failed" | "skipped" | "cancelled";

export interface WorkflowDetail {
  name: string;
  version: string;
  number: number;
  publishedAt: string;
  tasks: number;
  description: string | null;
  definition: unknown;
}

export interface WorkflowDiff {
  workflow: string;
  from: {
    version: string;
    number: number;
  };
  to: {
    version: string;
    number: number;
  };
  changes: {
    path: string;
    from?: unknown;
    to?: unknown;
  }[];
}

export interface WorkflowSummary {
  name: string;
  version: string;
  number: number;
  publishedAt: string;
  tasks: number;
  description: string | null;
}

export type CommandName = "start_all_modules" | "stop_all_modules" | "start_module" | "stop_module" | "optimize_system" | "run_health_check" | "emergency_stop" | "update_system" | "backup_system" | "restore_system";

export interface CommandPreview {
  preview: true;
  command: CommandName;
  parameters: unknown;
  waves: string[][];
  needsBackup: boolean;
  refusal?: {
    Error: string;
    Cause: string;
  } | undefined;
  affected: {
    running: number;
    queued: number;
    runs: number;
  };
  /** Seconds until what runs has ended; `unknown`: attempts of which only their timeout is known. */
  drain?: {
    expected: number;
    longest: number;
    unknown: number;
    /** By forecasts: in so large a share of cases it takes between `lo` and `hi`; whose history they come from at worst, and by what share they are typically off. */
    likely?: {
      lo: number;
      hi: number;
      share: number;
      level: string;
      backtestError: number;
    } | undefined;
  } | undefined;
  irreversible?: string | undefined;
  details?: unknown;
  /** To be given as `confirm`, within ten minutes. */
  confirm?: string | undefined;
}

export type CommandState = "queued" | "running" | "succeeded" | "failed" | "compensated" | "refused";

export interface CommandStep {
  step: "backup" | "act" | "verify" | "undo";
  wave: number;
  module?: string | undefined;
  status: "running" | "done" | "failed" | "skipped";
  startedAt: string;
  endedAt?: string | undefined;
  failure?: {
    Error: string;
    Cause: string;
  } | undefined;
  before?: unknown;
  after?: unknown;
}

export interface Control {
  mode: "running" | "stopped";
  /** Modules stopped by themselves. */
  off?: string[] | undefined;
  /** Modules that a stop of all has reached, or a start of all has not yet given back. */
  held?: string[] | undefined;
  /** Whether running work is cancelled. */
  discard?: boolean | undefined;
}

export interface Evidence {
  epoch: number;
  /** When the command changed what may start. */
  controlAt?: string | undefined;
  control: {
    before: Control;
    after: Control;
  };
  lastStartBefore: Start | null;
  firstStartAfter: Start | null;
  steps: CommandStep[];
  backup?: string | undefined;
  queuedMs: number;
  ranMs: number;
  stillRunning: number;
  report?: unknown;
}

export interface MasterCommandAnswer {
  id: string;
  command: CommandName;
  parameters: unknown;
  priority: number;
  state: CommandState;
  who: string;
  reason: string | null;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  failure: {
    Error: string;
    Cause: string;
  } | null;
  /** How far a backup or restore has come, while it is under way in the process that is asked. */
  progress?: {
    phase: string;
    done: number;
    total?: number | undefined;
  } | undefined;
  /** Modules, one wave after another; empty before the plan. */
  waves: string[][];
  /** Steps so far; a list leaves them out. */
  steps: CommandStep[];
  evidence: Evidence | null;
}

export interface Start {
  run: string;
  task: string;
  attempt: number;
  at: string;
  seq?: number | undefined;
}

export interface SystemState {
  mode: "running" | "stopped";
  /** Modules stopped by themselves. */
  off?: string[] | undefined;
  /** Modules that a stop of all has reached, or a start of all has not yet given back. */
  held?: string[] | undefined;
  /** Whether running work is cancelled. */
  discard?: boolean | undefined;
  epoch: number;
  emergency: boolean;
  reason: string | null;
  who: string | null;
  at: string | null;
}

export interface Verification {
  id: string;
  command: CommandName;
  holds: boolean;
  checks: {
    check: string;
    holds: boolean;
    found: string;
  }[];
}

export interface Forecast {
  point: number;
  lo: number;
  hi: number;
  /** It stays below with a probability of 0.9. */
  p90: number;
  /** Probability of lying between lo and hi. */
  coverageTarget: number;
  level: "type" | "program" | "workflow" | "global" | "declared";
  method: "median" | "linear" | "forest" | "declared" | "recent";
  /** Typical relative error on runs that it was not made from. */
  backtestError: number;
  observations: number;
  state: "steady" | "widened" | "drifted";
}

export interface ForecastExplanation {
  forecast: Forecast;
  candidates: ({
    method: "median" | "recent" | "linear" | "forest";
    point: number;
    backtestError: number;
    share: number;
  })[];
  /** What it works on, where the forecast differs from others of its type by that. */
  subject: KnownSubject | null;
  /** Of its type's subjects, those on which it takes longest. */
  longest: KnownSubject[];
  importance: {
    feature: string;
    share: number;
  }[];
}

export interface ForecastType {
  type: string;
  observations: number;
  median: number;
  low: number;
  high: number;
  recent: number[];
  backtestError: {
    median: number;
    recent: number;
    linear: number;
    forest: number;
  };
  coverage: number | null;
  widening: number;
  drifts: number;
  /** Width of its interval over that of what was seen, on the logarithm; widths under ten percent count as ten. */
  relativeWidth: number | null;
  seconds: Forecast;
}

export interface ForecasterInForce {
  model: {
    number: number;
    trainedAt: string;
    engine: string;
    records: number;
    heldBack: number;
    hash: string;
    score: HeldBackScore;
    /** Of what was in force until then. */
    before: HeldBackScore | null;
  } | null;
  /** Of the latest run times, since it is in force. */
  coverage: number | null;
  /** Why a new training is due. */
  due: string | null;
  types: number;
}

/** On history that was held back. */
export interface HeldBackScore {
  loss: number | null;
  coverage: number | null;
  mdape: number | null;
}

export interface KnownSubject {
  subject: string;
  /** How many times as much it takes as on others. */
  factor: number;
  /** How many runs tell that. */
  runs: number;
}

export interface RunForecast {
  point: number;
  lo: number;
  hi: number;
  coverageTarget: number;
  level: "type" | "program" | "workflow" | "global" | "declared";
  backtestError: number;
  tasks: number;
  /** Tasks among them that nothing is known of. */
  unknown: number;
  endsAt: {
    point: string;
    lo: string;
    hi: string;
  };
  deadlineAt: string | null;
  /** Seconds after its deadline, if it may end after it. */
  late: {
    lo: number;
    hi: number;
  } | null;
  says: string;
}

export interface TaskForecast {
  workflow: string | null;
  task: string | null;
  type: string;
  seconds: ForecastExplanation;
  memory: ForecastExplanation | null;
  instances: {
    point: number;
    lo: number;
    hi: number;
    runs: number;
  } | null;
  timeoutSeconds: number | null;
  reservedBytes: number | null;
}

export interface Training {
  result: "promoted" | "kept" | "not-due" | "too-little-history" | "overtaken";
  says: string;
  score: HeldBackScore | null;
  current: HeldBackScore | null;
  trained: number;
  heldBack: number;
}

export interface TaskProfile {
  type: string;
  workflows: string[];
  pools: string[];
  tasks: number;
  attempts: number;
  succeeded: number;
  /** Of tries that succeeded. */
  seconds: {
    p10: number | null;
    median: number | null;
    p90: number | null;
  };
  /** Seconds from ready to started. */
  waited: {
    median: number;
    p90: number;
  };
  characteristics: {
    /** CPU time over run time. */
    cpuShare: number | null;
    peakMemoryBytes: number | null;
    /** Of the slot time of all recorded work. */
    shareOfWork: number;
  };
  variability: {
    /** p90 over p10. */
    ratio: number | null;
    is: "steady" | "varies" | "wild";
  };
  /** Of its run time; perDay as a share, z by Mann and Kendall. */
  trend: {
    direction: "rising" | "falling" | "steady";
    perDay: number;
    z: number;
  } | null;
  /** Of the day, in UTC. */
  bestHour: {
    hour: number;
    saves: number;
    inside: number;
    outside: number;
  } | null;
  /** What failed tries cost. */
  failures: {
    count: number;
    rate: number;
    lostSeconds: number;
    delaySeconds: number | null;
    lostSecondsPerDay: number;
  } | null;
}

export interface StandingOrder {
  /** In force. */
  policy: string;
  configured: string;
  /** Share of pairs of the latest runs that forecasts put in the right order of size; failing: they are not followed. */
  standing: {
    accuracy: number | null;
    pairs: number;
    failing: boolean;
  };
  says: string;
  pools: ({
    pool: string;
    slots: number;
    waiting: number;
    runs: ({
      run: string;
      workflow: string;
      priority: number;
      /** What it would start next. */
      task: string;
      /** The order of its own tasks, and why; null where the policy does without forecasts. */
      taskOrder: string | null;
      /** The lowest goes first. */
      score: number;
      formula: string;
      parts: ({
        name: "remaining work" | "weight" | "response ratio" | "deadline" | "age" | "next task";
        value: number;
        says: string;
      })[];
      forecast: RunForecast | null;
    })[];
  })[];
}

export interface Recommendation {
  kind: "slots" | "policy" | "fallback" | "failures" | "trend" | "hour";
  about: string;
  says: string;
  setting: {
    document: string;
    path: string;
    value: number | string;
  } | null;
  savesSecondsPerDay: number;
  evidence: {
    kind: "simulation";
    runs: number;
    tasks: number;
    days: number;
    before: {
      mean: number;
      weighted: number;
      p95: number;
      late: number;
    };
    after: {
      mean: number;
      weighted: number;
      p95: number;
      late: number;
    };
  } | {
    kind: "history";
    observations: number;
    days: number;
  } | {
    kind: "forecasts";
    accuracy: number | null;
    pairs: number;
  };
}

export interface Recommendations {
  at: string;
  history: {
    runs: number;
    tasks: number;
    days: number;
  };
  policy: string;
  /** Share of pairs of the latest runs that forecasts put in the right order of size; failing: they are not followed. */
  standing: {
    accuracy: number | null;
    pairs: number;
    failing: boolean;
  };
  recommendations: Recommendation[];
}

export interface Backup {
  id: string;
  at: string;
  finishedAt: string;
  cause: "request" | "schedule" | "command" | "restore" | "update";
  who: string;
  reason: string | null;
  schema: number;
  encrypted: boolean;
  /** As stored. */
  bytes: number;
  items: number;
}

export interface BackupDetail {
  id: string;
  at: string;
  finishedAt: string;
  cause: "request" | "schedule" | "command" | "restore" | "update";
  who: string;
  reason: string | null;
  schema: number;
  encrypted: boolean;
  /** As stored. */
  bytes: number;
  items: number;
  version: string;
  plainBytes: number;
  counts: Record<string, number>;
  segments: number;
  /** Of the manifest's text. */
  sha256: string;
  configuration: Record<string, number>;
}

export interface ConfigDifference {
  path: string;
  from?: unknown;
  to?: unknown;
}

export interface ConfigDocument {
  document: string;
  file: string;
  /** 0 while nothing was changed at run time. */
  version: number;
  etag: string;
  module: string;
  /** Whether this version has the module that reads it. */
  built: boolean;
  value: unknown;
  changed: unknown;
  /** What was changed at run time. */
  paths: string[];
  at: string | null;
  who: string | null;
  reason: string | null;
  /** Why what was changed at run time does not hold. */
  invalid: string | null;
}

export interface ConfigVersion {
  document: string;
  version: number;
  action: "set" | "rollback" | "restore";
  at: string;
  who: string;
  reason: string | null;
  changed: unknown;
}

export interface Provider {
  provider: string;
  /** Whether the configuration says that it is to report. */
  expected: boolean;
  state: "reporting" | "silent";
  /** Without a report: a day at most, and a day where there never was one. */
  minutes: number;
  /** When the latest report came; null where none ever did. */
  receivedAt: string | null;
  report: {
    id: string;
    /** When it was made, by the provider's clock. */
    at: string;
    metrics: ({
      name: string;
      value: number;
      unit: string | null;
    })[];
  } | null;
}

export interface ProviderReception {
  provider: string;
  /** Whether the configuration says that it is to report. */
  expected: boolean;
  state: "reporting" | "silent";
  /** Without a report: a day at most, and a day where there never was one. */
  minutes: number;
  /** When the latest report came; null where none ever did. */
  receivedAt: string | null;
  report: {
    id: string;
    /** When it was made, by the provider's clock. */
    at: string;
    metrics: ({
      name: string;
      value: number;
      unit: string | null;
    })[];
  } | null;
  /** Whether it is the latest report now, was known already, or came after a later one. */
  reception: "accepted" | "repeated" | "outdated";
}

export interface Problem {
  code: string;
  title: string;
  status: number;
  detail: string;
  remedy: string;
  path?: string | undefined;
  data?: Record<string, unknown> | undefined;
  requestId: string;
}

export interface GatewayMessage {
  message: string;
}

/** What each operation takes and answers. */
export interface Operations {
  /** Whether the server answers. */
  "GET /v1/health": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: Health;
  };
  /** List attempts, newest first. */
  "GET /v1/history": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      workflow?: string | undefined;
      type?: string | undefined;
      run?: string | undefined;
      state?: "running" | "succeeded" | "failed" | "cancelled" | "void" | undefined;
    };
    body: undefined;
    answer: {
      items: Attempt[];
      next?: string | undefined;
    };
  };
  /** Success rate, run times in seconds and throughput per workflow, task type or day. */
  "GET /v1/stats": {
    params: Record<string, never>;
    query: {
      by?: "workflow" | "type" | "day" | undefined;
      days?: number | undefined;
      workflow?: string | undefined;
    };
    body: undefined;
    answer: {
      items: Stats[];
    };
  };
  /** List tasks that failed for good, newest first. */
  "GET /v1/dead-letters": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      day?: string | undefined;
    };
    body: undefined;
    answer: {
      items: DeadLetter[];
      next?: string | undefined;
    };
  };
  /** List schedules with their next and last nominal times. */
  "GET /v1/schedules": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      workflow?: string | undefined;
      next?: number | undefined;
    };
    body: undefined;
    answer: {
      items: Schedule[];
      next?: string | undefined;
    };
  };
  /** Publish a workflow: 201 for a new version, 200 if this content was published before. */
  "POST /v1/workflows": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: Record<string, unknown>;
    answer: Published;
  };
  /** List the latest version of each workflow. */
  "GET /v1/workflows": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: WorkflowSummary[];
      next?: string | undefined;
    };
  };
  /** Check a workflow as publishing would, and store nothing. */
  "POST /v1/workflows/validate": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: Record<string, unknown>;
    answer: Published;
  };
  /** One version of a workflow with its definition; the latest unless `version` says otherwise. */
  "GET /v1/workflows/{name}": {
    params: {
      name: string;
    };
    query: {
      version?: string | undefined;
    };
    body: undefined;
    answer: WorkflowDetail;
  };
  /** List a workflow's versions, newest first. */
  "GET /v1/workflows/{name}/versions": {
    params: {
      name: string;
    };
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: WorkflowSummary[];
      next?: string | undefined;
    };
  };
  /** Differences between two versions; otherwise between the one before the latest and the latest. */
  "GET /v1/workflows/{name}/diff": {
    params: {
      name: string;
    };
    query: {
      from?: string | undefined;
      to?: string | undefined;
    };
    body: undefined;
    answer: WorkflowDiff;
  };
  /** Start a run of a published workflow. The same `Idempotency-Key` with the same request gives the same run. */
  "POST /v1/runs": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: {
      workflow: string;
      version?: string | undefined;
      inputs?: Record<string, unknown> | undefined;
      priority?: number | undefined;
      reason?: string | undefined;
    };
    answer: Run;
  };
  /** List runs, newest first. */
  "GET /v1/runs": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      workflow?: string | undefined;
      state?: "running" | "paused" | "cancelling" | "succeeded" | "failed" | "cancelled" | undefined;
    };
    body: undefined;
    answer: {
      items: Run[];
      next?: string | undefined;
    };
  };
  /** One run with the count of its tasks per state. */
  "GET /v1/runs/{run}": {
    params: {
      run: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: RunDetail;
  };
  /** Cancel a run: nothing new begins, running attempts are aborted. */
  "POST /v1/runs/{run}/cancel": {
    params: {
      run: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Run;
  };
  /** Pause a run: nothing new begins, running attempts finish. */
  "POST /v1/runs/{run}/pause": {
    params: {
      run: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Run;
  };
  /** Resume a paused run. */
  "POST /v1/runs/{run}/resume": {
    params: {
      run: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Run;
  };
  /** Run again what failed, was skipped for it, or was cancelled. */
  "POST /v1/runs/{run}/redrive": {
    params: {
      run: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Run;
  };
  /** List a run's tasks in the order of the definition. */
  "GET /v1/runs/{run}/tasks": {
    params: {
      run: string;
    };
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      state?: "pending" | "ready" | "waiting" | "running" | "held" | "succeeded" | "failed" | "skipped" | "cancelled" | undefined;
    };
    body: undefined;
    answer: {
      items: Task[];
      next?: string | undefined;
    };
  };
  /** Why a task is where it is, since when, and its attempts. */
  "GET /v1/runs/{run}/tasks/{task}": {
    params: {
      run: string;
      task: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: Explanation;
  };
  /** Captured output in order. While the attempt runs, `next` is present: ask again with it as `after`. */
  "GET /v1/runs/{run}/tasks/{task}/logs": {
    params: {
      run: string;
      task: string;
    };
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      attempt?: number | undefined;
    };
    body: undefined;
    answer: {
      items: LogLine[];
      next?: string | undefined;
    };
  };
  /** Decide a held task, whose effect may happen only once and whose outcome is unknown. */
  "POST /v1/runs/{run}/tasks/{task}/settle": {
    params: {
      run: string;
      task: string;
    };
    query: Record<string, never>;
    body: {
      outcome: "succeeded" | "failed" | "retry";
      reason?: string | undefined;
    };
    answer: Run;
  };
  /** The forecaster in force, what it was promoted for, and how it has fared since. */
  "GET /v1/forecast": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: ForecasterInForce;
  };
  /** What is known of each type of task, by name. */
  "GET /v1/forecast/types": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: ForecastType[];
      next?: string | undefined;
    };
  };
  /** How the forecasts of a task come about: of `workflow/task`, a task's name, or a type. */
  "GET /v1/forecast/explain": {
    params: Record<string, never>;
    query: {
      task: string;
    };
    body: undefined;
    answer: TaskForecast;
  };
  /** What the last week tells of each type of task: what it is made of, trend, variability, best hour, cost of failures. */
  "GET /v1/forecast/profiles": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: TaskProfile[];
      next?: string | undefined;
    };
  };
  /** The order in which waiting work starts: each run's score with its parts, and the policy in force. */
  "GET /v1/forecast/order": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: StandingOrder;
  };
  /** What could be done now to finish work earlier, each with its evidence: simulated on recorded runs where it can be. */
  "GET /v1/forecast/recommendations": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: Recommendations;
  };
  /** Learn from history if that is due, or at once by `force`. What comes of it is put in force only if it is better. */
  "POST /v1/forecast/train": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: {
      force?: boolean | undefined;
    } | undefined;
    answer: Training;
  };
  /** List audit records, newest first unless `order` says otherwise. A page may hold fewer than asked for and still have `next`. */
  "GET /v1/audit": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
      order?: "newest" | "oldest" | undefined;
      action?: string | undefined;
      who?: string | undefined;
      subject?: string | undefined;
      outcome?: "done" | "refused" | "failed" | undefined;
      since?: string | undefined;
      until?: string | undefined;
    };
    body: undefined;
    answer: {
      items: AuditRecord[];
      next?: string | undefined;
    };
  };
  /** Read the whole audit and its signed heads, and say whether anything was edited, removed, inserted, reordered or cut. */
  "GET /v1/audit/verification": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: AuditVerdict;
  };
  /** One audit record. */
  "GET /v1/audit/{seq}": {
    params: {
      seq: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: AuditRecord;
  };
  /** Give a command. The same `Idempotency-Key` with the same command gives the same execution. With `preview=true` nothing is done. */
  "POST /v1/commands": {
    params: Record<string, never>;
    query: {
      /** Answer what the command would do, and do nothing. */
      preview?: "true" | "false" | undefined;
    };
    body: {
      command: "start_all_modules" | "stop_all_modules" | "start_module" | "stop_module" | "optimize_system" | "run_health_check" | "emergency_stop" | "update_system" | "backup_system" | "restore_system";
      /** What the command takes; each has a strict schema of its own. */
      parameters?: Record<string, unknown> | undefined;
      priority?: number | undefined;
      reason?: string | undefined;
      /** The token of the command's preview. */
      confirm?: string | undefined;
    };
    answer: MasterCommandAnswer | CommandPreview;
  };
  /** List commands, newest first, without their steps. */
  "GET /v1/commands": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: MasterCommandAnswer[];
      next?: string | undefined;
    };
  };
  /** One command with its steps, and once it has ended with its evidence. */
  "GET /v1/commands/{command}": {
    params: {
      command: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: MasterCommandAnswer;
  };
  /** Check a command's evidence against history, audit and backups. */
  "GET /v1/commands/{command}/verification": {
    params: {
      command: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: Verification;
  };
  /** What may start now, by whose decision, and why. */
  "GET /v1/system": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: SystemState;
  };
  /** List the documents of the configuration as they hold now, with what was changed at run time. */
  "GET /v1/config": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: {
      items: ConfigDocument[];
    };
  };
  /** One document, with its ETag. */
  "GET /v1/config/{document}": {
    params: {
      document: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: ConfigDocument;
  };
  /** Change a document at run time. If-Match says which version is changed, or `*` for whatever it is now. */
  "POST /v1/config/{document}": {
    params: {
      document: string;
    };
    query: Record<string, never>;
    body: {
      changes: ({
        path: string;
        value: unknown;
      } | {
        path: string;
        reset: true;
      })[];
      reason?: string | undefined;
    };
    answer: ConfigDocument;
  };
  /** List what was changed of a document at run time, newest first. */
  "GET /v1/config/{document}/history": {
    params: {
      document: string;
    };
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: ConfigVersion[];
      next?: string | undefined;
    };
  };
  /** Differences between two versions; otherwise between the file (version 0) and now. */
  "GET /v1/config/{document}/diff": {
    params: {
      document: string;
    };
    query: {
      from?: string | undefined;
      to?: string | undefined;
    };
    body: undefined;
    answer: {
      items: ConfigDifference[];
    };
  };
  /** Make a document as it was in a version; 0 is the file. If-Match as for a change. */
  "POST /v1/config/{document}/rollback": {
    params: {
      document: string;
    };
    query: Record<string, never>;
    body: {
      to: number;
      reason?: string | undefined;
    };
    answer: ConfigDocument;
  };
  /** List backups, newest first. */
  "GET /v1/backups": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: Backup[];
      next?: string | undefined;
    };
  };
  /** Back up everything while work goes on; answers once it is written and verified. */
  "POST /v1/backups": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: BackupDetail;
  };
  /** What a backup holds, as its manifest says. */
  "GET /v1/backups/{backup}": {
    params: {
      backup: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: BackupDetail;
  };
  /** Read all of a backup and say whether it is what its manifest says. */
  "GET /v1/backups/{backup}/verification": {
    params: {
      backup: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: BackupDetail;
  };
  /** Delete a backup for good. */
  "POST /v1/backups/{backup}/delete": {
    params: {
      backup: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: {
      id: string;
      deleted: true;
    };
  };
  /** Create an API key. Its text is told once. */
  "POST /v1/keys": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: {
      name: string;
      role: "viewer" | "operator" | "master";
      /** Parts of the API that the key is held to. */
      scopes?: ("audit" | "backups" | "commands" | "config" | "dead-letters" | "forecast" | "history" | "keys" | "providers" | "runs" | "schedules" | "stats" | "system" | "workflows")[] | undefined;
      expiresAt?: string | undefined;
      reason?: string | undefined;
    };
    answer: IssuedKey;
  };
  /** List API keys, without their texts. */
  "GET /v1/keys": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: Key[];
      next?: string | undefined;
    };
  };
  /** One API key, without its text. */
  "GET /v1/keys/{id}": {
    params: {
      id: string;
    };
    query: Record<string, never>;
    body: undefined;
    answer: Key;
  };
  /** End an API key for good. */
  "POST /v1/keys/{id}/revoke": {
    params: {
      id: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Key;
  };
  /** Give an API key a new text, told once; the old one counts no longer. */
  "POST /v1/keys/{id}/rotate": {
    params: {
      id: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: IssuedKey;
  };
  /** Take in what a provider tells of itself; the latest report is kept. */
  "POST /v1/providers/{provider}/reports": {
    params: {
      provider: string;
    };
    query: Record<string, never>;
    body: {
      /** The report's own: the same id again is the same report again. */
      id: string;
      /** When it was made, by the provider's clock. */
      at: string;
      metrics: ({
        name: string;
        value: number;
        unit?: string | undefined;
      })[];
    };
    answer: ProviderReception;
  };
  /** List the providers that are expected to report or did, with their latest reports. */
  "GET /v1/providers": {
    params: Record<string, never>;
    query: {
      limit?: number | undefined;
      after?: string | undefined;
    };
    body: undefined;
    answer: {
      items: Provider[];
      next?: string | undefined;
    };
  };
  /** Forget what a provider has reported. One that is expected to report is silent from then on. */
  "POST /v1/providers/{provider}/forget": {
    params: {
      provider: string;
    };
    query: Record<string, never>;
    body: {
      reason?: string | undefined;
    } | undefined;
    answer: Provider;
  };
  /** This description of the API. */
  "GET /v1/openapi.json": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: Record<string, unknown>;
  };
  /** This description as a page. */
  "GET /docs": {
    params: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    answer: string;
  };
}
