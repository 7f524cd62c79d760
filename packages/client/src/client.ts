import type { ForecasterInForce, ForecastType, TaskForecast, Training } from "./forecast-types.ts";
import { type ClientOptions, createSend } from "./http.ts";
import type {
  Attempt,
  AttemptState,
  Backup,
  BackupDetail,
  CommandName,
  CommandPreview,
  ConfigDifference,
  ConfigDocument,
  ConfigVersion,
  DeadLetter,
  Explanation,
  Health,
  LogLine,
  MasterCommandAnswer,
  PageAnswer,
  Published,
  Run,
  RunDetail,
  RunState,
  Schedule,
  Stats,
  SystemState,
  Task,
  TaskState,
  Verification,
  WorkflowDetail,
  WorkflowDiff,
  WorkflowSummary,
} from "./types.ts";

/** `limit`: items a page, at most 1000; `after`: `next` of the page before. */
export interface PageQuery {
  readonly limit?: number;
  readonly after?: string;
}

export interface StartRun {
  readonly workflow: string;
  readonly version?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly priority?: number;
  readonly reason?: string;
}

export interface GiveCommand {
  readonly command: CommandName;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** From 1 to 10; the highest goes first. */
  readonly priority?: number;
  readonly reason?: string;
  /** The token of the command's preview. */
  readonly confirm?: string;
}

/** Every route of the API. All rejections are QmoiErrors. */
export interface Client {
  health(): Promise<Health>;
  publish(document: unknown): Promise<Published>;
  validate(document: unknown): Promise<Published>;
  workflows(query?: PageQuery): Promise<PageAnswer<WorkflowSummary>>;
  workflow(name: string, version?: string): Promise<WorkflowDetail>;
  versions(name: string, query?: PageQuery): Promise<PageAnswer<WorkflowSummary>>;
  diff(name: string, query?: { readonly from?: string; readonly to?: string }): Promise<WorkflowDiff>;
  /** The same idempotency key with the same request gives the same run. */
  startRun(request: StartRun, idempotencyKey?: string): Promise<Run>;
  run(run: string): Promise<RunDetail>;
  runs(query?: PageQuery & { readonly workflow?: string; readonly state?: RunState }): Promise<PageAnswer<Run>>;
  tasks(run: string, query?: PageQuery & { readonly state?: TaskState }): Promise<PageAnswer<Task>>;
  explain(run: string, task: string): Promise<Explanation>;
  logs(run: string, task: string, query?: PageQuery & { readonly attempt?: number }): Promise<PageAnswer<LogLine>>;
  history(
    query?: PageQuery & { readonly workflow?: string; readonly type?: string; readonly run?: string; readonly state?: AttemptState },
  ): Promise<PageAnswer<Attempt>>;
  stats(query?: {
    readonly by?: "workflow" | "type" | "day";
    readonly days?: number;
    readonly workflow?: string;
  }): Promise<{ items: Stats[] }>;
  deadLetters(query?: PageQuery & { readonly day?: string }): Promise<PageAnswer<DeadLetter>>;
  schedules(query?: PageQuery & { readonly workflow?: string; readonly next?: number }): Promise<PageAnswer<Schedule>>;
  forecaster(): Promise<ForecasterInForce>;
  forecastTypes(query?: PageQuery): Promise<PageAnswer<ForecastType>>;
  /** Of `workflow/task`, a task's name, or a type. */
  explainForecast(task: string): Promise<TaskForecast>;
  trainForecasts(request?: { readonly force?: boolean }): Promise<Training>;
  cancel(run: string, reason?: string): Promise<Run>;
  pause(run: string, reason?: string): Promise<Run>;
  resume(run: string, reason?: string): Promise<Run>;
  redrive(run: string, reason?: string): Promise<Run>;
  settle(run: string, task: string, outcome: "succeeded" | "failed" | "retry", reason?: string): Promise<Run>;
  /** The same idempotency key with the same command gives the same execution. */
  giveCommand(command: GiveCommand, idempotencyKey?: string): Promise<MasterCommandAnswer>;
  previewCommand(command: GiveCommand): Promise<CommandPreview>;
  command(id: string): Promise<MasterCommandAnswer>;
  commands(query?: PageQuery): Promise<PageAnswer<MasterCommandAnswer>>;
  verifyCommand(id: string): Promise<Verification>;
  system(): Promise<SystemState>;
  config(): Promise<{ items: ConfigDocument[] }>;
  configDocument(document: string): Promise<ConfigDocument>;
  /** `etag`: of the version that is changed, or `*` for whatever it is now. */
  setConfig(
    document: string,
    change: {
      readonly changes: readonly ({ readonly path: string; readonly value: unknown } | { readonly path: string; readonly reset: true })[];
      readonly reason?: string;
    },
    etag: string,
  ): Promise<ConfigDocument>;
  configHistory(document: string, query?: PageQuery): Promise<PageAnswer<ConfigVersion>>;
  configDiff(
    document: string,
    query?: { readonly from?: number | undefined; readonly to?: number | undefined },
  ): Promise<{ items: ConfigDifference[] }>;
  rollbackConfig(document: string, request: { readonly to: number; readonly reason?: string }, etag: string): Promise<ConfigDocument>;
  backups(query?: PageQuery): Promise<PageAnswer<Backup>>;
  /** Resolves once it is written and verified. */
  createBackup(reason?: string): Promise<BackupDetail>;
  backup(id: string): Promise<BackupDetail>;
  verifyBackup(id: string): Promise<BackupDetail>;
  deleteBackup(id: string, reason?: string): Promise<{ id: string; deleted: true }>;
}

const at = (parts: TemplateStringsArray, ...values: string[]): string => String.raw(parts, ...values.map(encodeURIComponent));

/** A client of one QMOI server. Rejects at once with QMOI_USAGE when the address or the key can't be right. */
export const createClient = (options: ClientOptions): Client => {
  const send = createSend(options);
  // Everything is read or written for these: much may take its time.
  const long = createSend({ ...options, timeoutMs: Math.max(options.timeoutMs ?? 0, 600_000) });
  const get = <T>(path: string, query?: object): Promise<T> => send<T>({ method: "GET", path, ...(query ? { query } : {}) });
  const post = <T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T> =>
    send<T>({ method: "POST", path, body, ...(headers ? { headers } : {}) });
  return {
    health: () => get("/v1/health"),
    publish: (document) => post("/v1/workflows", document),
    validate: (document) => post("/v1/workflows/validate", document),
    workflows: (query) => get("/v1/workflows", query),
    workflow: (name, version) => get(at`/v1/workflows/${name}`, { version }),
    versions: (name, query) => get(at`/v1/workflows/${name}/versions`, query),
    diff: (name, query) => get(at`/v1/workflows/${name}/diff`, query),
    startRun: (request, key) => post("/v1/runs", request, key === undefined ? undefined : { "idempotency-key": key }),
    run: (run) => get(at`/v1/runs/${run}`),
    runs: (query) => get("/v1/runs", query),
    tasks: (run, query) => get(at`/v1/runs/${run}/tasks`, query),
    explain: (run, task) => get(at`/v1/runs/${run}/tasks/${task}`),
    logs: (run, task, query) => get(at`/v1/runs/${run}/tasks/${task}/logs`, query),
    history: (query) => get("/v1/history", query),
    stats: (query) => get("/v1/stats", query),
    deadLetters: (query) => get("/v1/dead-letters", query),
    schedules: (query) => get("/v1/schedules", query),
    forecaster: () => get("/v1/forecast"),
    forecastTypes: (query) => get("/v1/forecast/types", query),
    explainForecast: (task) => get("/v1/forecast/explain", { task }),
    trainForecasts: (request = {}) => post("/v1/forecast/train", request),
    cancel: (run, reason) => post(at`/v1/runs/${run}/cancel`, { reason }),
    pause: (run, reason) => post(at`/v1/runs/${run}/pause`, { reason }),
    resume: (run, reason) => post(at`/v1/runs/${run}/resume`, { reason }),
    redrive: (run, reason) => post(at`/v1/runs/${run}/redrive`, { reason }),
    giveCommand: (command, key) => post("/v1/commands", command, key === undefined ? undefined : { "idempotency-key": key }),
    previewCommand: (command) => post("/v1/commands?preview=true", command),
    command: (id) => get(at`/v1/commands/${id}`),
    commands: (query) => get("/v1/commands", query),
    verifyCommand: (id) => get(at`/v1/commands/${id}/verification`),
    system: () => get("/v1/system"),
    config: () => get("/v1/config"),
    configDocument: (document) => get(at`/v1/config/${document}`),
    setConfig: (document, change, etag) => post(at`/v1/config/${document}`, change, { "if-match": etag }),
    configHistory: (document, query) => get(at`/v1/config/${document}/history`, query),
    configDiff: (document, query) => get(at`/v1/config/${document}/diff`, query),
    rollbackConfig: (document, request, etag) => post(at`/v1/config/${document}/rollback`, request, { "if-match": etag }),
    backups: (query) => get("/v1/backups", query),
    createBackup: (reason) => long({ method: "POST", path: "/v1/backups", body: { reason } }),
    backup: (id) => get(at`/v1/backups/${id}`),
    verifyBackup: (id) => long({ method: "GET", path: at`/v1/backups/${id}/verification` }),
    deleteBackup: (id, reason) => post(at`/v1/backups/${id}/delete`, { reason }),
    settle: (run, task, outcome, reason) => post(at`/v1/runs/${run}/tasks/${task}/settle`, { outcome, reason }),
  };
};

/** Every item of a list, page after page. */
export async function* eachItem<T>(page: (after?: string) => Promise<PageAnswer<T>>): AsyncGenerator<T, void, undefined> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await page(after);
    yield* items;
    if (next === undefined) return;
    after = next;
  }
}
