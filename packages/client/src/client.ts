import type * as api from "./api.ts";
import { type ClientOptions, createSend } from "./http.ts";

/** A page of a list: `next`, if present, goes into the next request as `after`. */
export interface PageAnswer<T> {
  items: T[];
  next?: string | undefined;
}

type Operations = api.Operations;
type OperationName = keyof Operations;
type Query<O extends OperationName> = Operations[O]["query"];
type Body<O extends OperationName> = Operations[O]["body"];
type Answer<O extends OperationName> = Operations[O]["answer"];
type Given<K extends string, T> = T extends Record<string, never> | undefined ? unknown : { readonly [P in K]: T };

/** What an operation of the API takes, beside the headers. */
export type RequestOf<O extends OperationName> = Given<"params", Operations[O]["params"]> &
  Given<"body", Body<O>> & { readonly query?: Query<O>; readonly idempotencyKey?: string };

export type StartRun = NonNullable<Body<"POST /v1/runs">>;

export type GiveCommand = Body<"POST /v1/commands">;

/** Every route of the API. All rejections are QmoiErrors. */
export interface Client {
  /** Any operation, by method and path as the API's description names it. */
  request<O extends OperationName>(operation: O, request: RequestOf<O>): Promise<Answer<O>>;
  health(): Promise<api.Health>;
  publish(document: unknown): Promise<api.Published>;
  validate(document: unknown): Promise<api.Published>;
  workflows(query?: Query<"GET /v1/workflows">): Promise<PageAnswer<api.WorkflowSummary>>;
  workflow(name: string, version?: string): Promise<api.WorkflowDetail>;
  versions(name: string, query?: Query<"GET /v1/workflows/{name}/versions">): Promise<PageAnswer<api.WorkflowSummary>>;
  diff(name: string, query?: Query<"GET /v1/workflows/{name}/diff">): Promise<api.WorkflowDiff>;
  /** The same idempotency key with the same request gives the same run. */
  startRun(request: StartRun, idempotencyKey?: string): Promise<api.Run>;
  run(run: string): Promise<api.RunDetail>;
  runs(query?: Query<"GET /v1/runs">): Promise<PageAnswer<api.Run>>;
  tasks(run: string, query?: Query<"GET /v1/runs/{run}/tasks">): Promise<PageAnswer<api.Task>>;
  explain(run: string, task: string): Promise<api.Explanation>;
  logs(run: string, task: string, query?: Query<"GET /v1/runs/{run}/tasks/{task}/logs">): Promise<PageAnswer<api.LogLine>>;
  history(query?: Query<"GET /v1/history">): Promise<PageAnswer<api.Attempt>>;
  stats(query?: Query<"GET /v1/stats">): Promise<Answer<"GET /v1/stats">>;
  deadLetters(query?: Query<"GET /v1/dead-letters">): Promise<PageAnswer<api.DeadLetter>>;
  schedules(query?: Query<"GET /v1/schedules">): Promise<PageAnswer<api.Schedule>>;
  cancel(run: string, reason?: string): Promise<api.Run>;
  pause(run: string, reason?: string): Promise<api.Run>;
  resume(run: string, reason?: string): Promise<api.Run>;
  redrive(run: string, reason?: string): Promise<api.Run>;
  settle(run: string, task: string, outcome: "succeeded" | "failed" | "retry", reason?: string): Promise<api.Run>;
  audit(query?: Query<"GET /v1/audit">): Promise<PageAnswer<api.AuditRecord>>;
  auditRecord(seq: number): Promise<api.AuditRecord>;
  verifyAudit(): Promise<api.AuditVerdict>;
  createKey(request: NonNullable<Body<"POST /v1/keys">>): Promise<api.IssuedKey>;
  keys(query?: Query<"GET /v1/keys">): Promise<PageAnswer<api.Key>>;
  revokeKey(id: string, reason?: string): Promise<api.Key>;
  rotateKey(id: string, reason?: string): Promise<api.IssuedKey>;
  /** The same idempotency key with the same command gives the same execution. */
  giveCommand(command: GiveCommand, idempotencyKey?: string): Promise<api.MasterCommandAnswer>;
  previewCommand(command: GiveCommand): Promise<api.CommandPreview>;
  command(id: string): Promise<api.MasterCommandAnswer>;
  commands(query?: Query<"GET /v1/commands">): Promise<PageAnswer<api.MasterCommandAnswer>>;
  verifyCommand(id: string): Promise<api.Verification>;
  system(): Promise<api.SystemState>;
  forecaster(): Promise<api.ForecasterInForce>;
  forecastTypes(query?: { readonly limit?: number; readonly after?: string }): Promise<PageAnswer<api.ForecastType>>;
  /** Of `workflow/task`, a task's name, or a type. */
  explainForecast(task: string): Promise<api.TaskForecast>;
  taskProfiles(query?: { readonly limit?: number; readonly after?: string }): Promise<PageAnswer<api.TaskProfile>>;
  order(): Promise<api.StandingOrder>;
  recommendations(): Promise<api.Recommendations>;
  trainForecasts(request?: { readonly force?: boolean }): Promise<api.Training>;
  config(): Promise<{ items: api.ConfigDocument[] }>;
  configDocument(document: string): Promise<api.ConfigDocument>;
  /** `etag`: of the version that is changed, or `*` for whatever it is now. */
  setConfig(
    document: string,
    change: {
      readonly changes: readonly ({ readonly path: string; readonly value: unknown } | { readonly path: string; readonly reset: true })[];
      readonly reason?: string;
    },
    etag: string,
  ): Promise<api.ConfigDocument>;
  configHistory(document: string, query?: { readonly limit?: number; readonly after?: string }): Promise<PageAnswer<api.ConfigVersion>>;
  configDiff(
    document: string,
    query?: { readonly from?: number | undefined; readonly to?: number | undefined },
  ): Promise<{ items: api.ConfigDifference[] }>;
  rollbackConfig(document: string, request: { readonly to: number; readonly reason?: string }, etag: string): Promise<api.ConfigDocument>;
  backups(query?: { readonly limit?: number; readonly after?: string }): Promise<PageAnswer<api.Backup>>;
  /** Resolves once it is written and verified. */
  createBackup(reason?: string): Promise<api.BackupDetail>;
  backup(id: string): Promise<api.BackupDetail>;
  verifyBackup(id: string): Promise<api.BackupDetail>;
  deleteBackup(id: string, reason?: string): Promise<{ id: string; deleted: true }>;
  /** The same report again changes nothing. */
  reportProvider(provider: string, report: Body<"POST /v1/providers/{provider}/reports">): Promise<api.ProviderReception>;
  providers(query?: Query<"GET /v1/providers">): Promise<PageAnswer<api.Provider>>;
  forgetProvider(provider: string, reason?: string): Promise<api.Provider>;
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
    request: (operation, request) => {
      const [method, template] = operation.split(" ") as ["GET" | "POST", string];
      const {
        params = {},
        query,
        body,
        idempotencyKey,
      } = request as { params?: Record<string, string>; query?: object; body?: unknown; idempotencyKey?: string };
      const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
      const headers = idempotencyKey === undefined ? {} : { headers: { "idempotency-key": idempotencyKey } };
      return send({ method, path, ...(query ? { query } : {}), ...(body === undefined ? {} : { body }), ...headers });
    },
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
    taskProfiles: (query) => get("/v1/forecast/profiles", query),
    order: () => get("/v1/forecast/order"),
    recommendations: () => get("/v1/forecast/recommendations"),
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
    reportProvider: (provider, report) => post(at`/v1/providers/${provider}/reports`, report),
    providers: (query) => get("/v1/providers", query),
    forgetProvider: (provider, reason) => post(at`/v1/providers/${provider}/forget`, { reason }),
    settle: (run, task, outcome, reason) => post(at`/v1/runs/${run}/tasks/${task}/settle`, { outcome, reason }),
    audit: (query) => get("/v1/audit", query),
    auditRecord: (seq) => get(at`/v1/audit/${String(seq)}`),
    verifyAudit: () => get("/v1/audit/verification"),
    createKey: (request) => post("/v1/keys", request),
    keys: (query) => get("/v1/keys", query),
    revokeKey: (id, reason) => post(at`/v1/keys/${id}/revoke`, { reason }),
    rotateKey: (id, reason) => post(at`/v1/keys/${id}/rotate`, { reason }),
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
