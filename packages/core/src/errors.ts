/** What a caller can do about an error, per code. The one source of docs/errors.md. */
export interface ErrorKind {
  /** HTTP status an API answer carries. */
  readonly status: number;
  /** Exit code of the CLI: 1 failed work, 2 usage, 3 not reachable. */
  readonly exit: 1 | 2 | 3;
  /** One sentence: what happened. */
  readonly means: string;
  /** One sentence: what to do next. */
  readonly remedy: string;
}

const kind = (status: number, exit: 1 | 2 | 3, means: string, remedy: string): ErrorKind => ({ status, exit, means, remedy });

/** Every stable error code of QMOI. Codes are never renamed or reused. */
export const ERRORS = {
  QMOI_CONFLICT: kind(
    409,
    1,
    "A conditional write found another state than it expected.",
    "Read the item again and repeat the change if it still applies.",
  ),
  QMOI_THROTTLED: kind(429, 1, "The store asked for fewer requests.", "Wait and repeat the request; raise the capacity if it persists."),
  QMOI_TOO_LARGE: kind(413, 2, "Something is larger than its limit.", "Make it smaller, or pass it by reference."),
  QMOI_NOT_FOUND: kind(404, 2, "What was asked for does not exist.", "Check the name or id; list what exists."),
  QMOI_STORE_UNAVAILABLE: kind(
    503,
    3,
    "The store could not be reached or answered with an internal error.",
    "Repeat the request; run `qmoi doctor` if it persists.",
  ),
  QMOI_STORE_CORRUPT: kind(
    500,
    1,
    "The store's file is damaged or is not a QMOI store.",
    "Restore the latest backup into an empty data folder.",
  ),
  QMOI_STORE_NEWER: kind(500, 1, "The store was written by a newer version of QMOI.", "Install that version, or a later one."),
  QMOI_STORE_READ_ONLY: kind(
    500,
    1,
    "The data folder or its files can't be written.",
    "Give this user write permission on the data folder, or choose another with --data.",
  ),
  QMOI_STORE_FULL: kind(
    507,
    1,
    "The disk that holds the data folder is full.",
    "Free space on the disk; nothing that was confirmed is lost.",
  ),
  QMOI_STORE_LOCKED: kind(
    409,
    1,
    "Another QMOI server uses this data folder.",
    "Stop the other server, or choose another folder with --data.",
  ),
  QMOI_INVALID_KEY: kind(400, 2, "A key of the store is empty or too long.", "Use a shorter, non-empty name."),
  QMOI_INVALID_JSON: kind(400, 2, "The text is not valid JSON.", "Correct the text at the line and column given."),
  QMOI_INVALID_CONFIG: kind(400, 2, "A configuration file has an unknown or wrong key.", "Correct the key at the path given."),
  QMOI_INVALID_WORKFLOW: kind(400, 2, "A workflow definition does not match its schema.", "Correct the definition at the path given."),
  QMOI_INVALID_INPUT: kind(400, 2, "A request or a run's input does not match its schema.", "Correct the value at the path given."),
  QMOI_INVALID_EXPRESSION: kind(400, 2, "An expression can't be parsed or evaluated.", "Correct the expression at the path given."),
  QMOI_INVALID_SCHEDULE: kind(
    400,
    2,
    "A schedule expression is not valid.",
    "Use cron(minute hour day-of-month month day-of-week year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss).",
  ),
  QMOI_INVALID_TIME_ZONE: kind(400, 2, "The time zone is not an IANA name.", "Use a name such as Europe/Berlin or UTC."),
  QMOI_INVALID_WFFORMAT: kind(400, 2, "The file is not a WfFormat 1.5 or 1.6 instance.", "Correct the instance at the path given."),
  QMOI_INVALID_CSV: kind(400, 2, "The file is not a CSV table.", "Give a text file with a heading and rows of as many cells."),
  QMOI_EVALUATION_LEAK: kind(
    400,
    2,
    "A backtest would learn from what it is to forecast.",
    "Choose another split, or leave out the columns named.",
  ),
  QMOI_TASK_CYCLE: kind(400, 2, "Tasks need each other in a cycle.", "Remove one of the needs along the path given."),
  QMOI_TASK_UNKNOWN_NEED: kind(400, 2, "A task needs a task that does not exist.", "Correct the name of the need."),
  QMOI_TASK_DUPLICATE: kind(400, 2, "Two tasks have the same name.", "Rename one of them."),
  QMOI_TASK_NEVER_FITS: kind(
    400,
    2,
    "A task asks for more than any pool or host can ever give.",
    "Ask for less, or enlarge the pool in parallel_processing.json.",
  ),
  QMOI_TARGET_UNAVAILABLE: kind(400, 2, "A target's type can't run in this place.", "Use a target or a binding that this stage offers."),
  QMOI_SECRET_MISSING: kind(400, 1, "A secret that a task refers to does not exist here.", "Provide the secret under the reference given."),
  QMOI_SPAWN_BUDGET: kind(429, 1, "The workflow may not start more runs in this time.", "Wait, or raise spawnBudget in the workflow."),
  QMOI_IDEMPOTENCY_MISMATCH: kind(409, 2, "The idempotency key was used before with another request.", "Use a new key for a new request."),
  QMOI_RUN_TERMINAL: kind(409, 1, "The run has ended.", "Use redrive to run again what failed."),
  QMOI_RUN_NOT_TERMINAL: kind(409, 1, "The run has not ended.", "Wait for its end, or cancel it first."),
  QMOI_TASK_NOT_HELD: kind(409, 1, "The task waits for nobody's decision.", "Look at it with `qmoi explain <run> <task>`."),
  QMOI_STOPPED: kind(409, 1, "The system is stopped; nothing new begins.", "Start it again with start_all_modules."),
  QMOI_UNAUTHORIZED: kind(
    401,
    2,
    "The request carries no valid credentials.",
    "Pass the key as `Authorization: Bearer`, or set QMOI_API_KEY.",
  ),
  QMOI_FORBIDDEN: kind(403, 2, "The credentials do not allow this request.", "Ask for a key with the role that the route needs."),
  QMOI_FOREIGN_ORIGIN: kind(
    403,
    2,
    "The request's Host or Origin is not this server's.",
    "Call the server by the address that it printed.",
  ),
  QMOI_METHOD_NOT_ALLOWED: kind(405, 2, "The route exists, but not with this method.", "Use a method that the route allows."),
  QMOI_UNSUPPORTED_MEDIA: kind(415, 2, "The body's content type is not supported.", "Send application/json."),
  QMOI_UNREACHABLE: kind(502, 3, "No QMOI server answers at the address.", "Start one with `qmoi up`, or set QMOI_URL."),
  QMOI_PORT_TAKEN: kind(500, 3, "The port is taken by another program.", "Choose another with --port."),
  QMOI_TASK_FAILED: kind(500, 1, "A task's work failed.", "See `qmoi logs <run> <task>`."),
  QMOI_TASK_TIMEOUT: kind(500, 1, "A task ran longer than its timeout.", "Raise the timeout, or make the task shorter."),
  QMOI_TASK_CANCELLED: kind(500, 1, "A task was cancelled.", "Redrive the run to run it again."),
  QMOI_WORKER_LOST: kind(500, 1, "The worker that ran the task died.", "Nothing: it is tried again as the retry policy says."),
  QMOI_ADDRESS_REFUSED: kind(
    400,
    1,
    "An http target resolves to a private or link-local address.",
    "Set allowPrivate on the target if that is meant.",
  ),
  QMOI_HTTP_STATUS: kind(
    500,
    1,
    "An http target answered with a status that is not a success.",
    "Look at the answer in `qmoi logs <run> <task>`.",
  ),
  QMOI_PRECONDITION_REQUIRED: kind(428, 2, "The request doesn't say which version it changes.", "Send the ETag that you read as If-Match."),
  QMOI_PRECONDITION_FAILED: kind(
    412,
    1,
    "What the request changes is not as it was read.",
    "Read it again and repeat the change if it still applies.",
  ),
  QMOI_MODULE_NOT_BUILT: kind(
    409,
    2,
    "The setting belongs to a module that this version of QMOI doesn't have.",
    "See with `qmoi config list` which modules are there.",
  ),
  QMOI_BACKUP_DAMAGED: kind(
    500,
    1,
    "A backup is not what its manifest says.",
    "Use another backup; keep this one for a person to look at.",
  ),
  QMOI_BACKUP_KEY: kind(
    400,
    1,
    "The backup's key is missing or is not the one it was made with.",
    "Provide the key that encryptionKey in backup_optimization.json named then.",
  ),
  QMOI_BACKUP_NEWER: kind(409, 1, "The backup was made by a newer version of QMOI.", "Install that version, or a later one."),
  QMOI_BACKUP_BUSY: kind(409, 1, "Another backup or restore is under way.", "Wait for its end; see `qmoi backup list`."),
  QMOI_RESTORING: kind(409, 1, "A restore is under way.", "Repeat the request once it has ended."),
  QMOI_RESTORE_FAILED: kind(
    500,
    1,
    "A restore failed; the state before it was given back.",
    "Look at the cause; `qmoi backup verify` tells whether the backup is whole.",
  ),
  QMOI_COMMAND_DISABLED: kind(409, 1, "The configuration takes no such commands.", "Set the key named in master_automation_config.json."),
  QMOI_COMMAND_OVERTAKEN: kind(
    409,
    1,
    "What may start was changed by somebody else while a command ran.",
    "Look at `qmoi command list`; give the command again if it is still wanted.",
  ),
  QMOI_COMMAND_RUNNING: kind(409, 1, "The command has not ended yet.", "Wait for its end; see `qmoi command show <id>`."),
  QMOI_CONFIRMATION_REQUIRED: kind(
    409,
    2,
    "The command destroys or overwrites, and nobody has confirmed it.",
    "Ask for its preview and give the token as `confirm`, or use --yes.",
  ),
  QMOI_REASON_REQUIRED: kind(400, 2, "The command needs a reason here.", "Give one with --reason, or as `reason`."),
  QMOI_MODULE_UNHEALTHY: kind(
    500,
    1,
    "A module was not well after a command changed it.",
    "See its errors in the log, and `qmoi command run_health_check`.",
  ),
  QMOI_UPDATE_UNAVAILABLE: kind(
    409,
    1,
    "The version to move to can't be had here.",
    "Install it, or publish it, and give the command again.",
  ),
  QMOI_USAGE: kind(400, 2, "The command line is not understood.", "See `qmoi --help`."),
  QMOI_INTERNAL: kind(500, 1, "A defect in QMOI.", "Report it with the log's lines for this request id."),
} as const satisfies Record<string, ErrorKind>;

/** A stable code such as `QMOI_TASK_CYCLE`. */
export type ErrorCode = keyof typeof ERRORS;

/** Where and why, beyond the code. */
export interface ErrorDetails {
  /** JSON path (`$.tasks[2].needs[0]`), file, or file:line of the offender. */
  readonly path?: string;
  /** What to do, where it can be said better than the code's general remedy. */
  readonly remedy?: string;
  readonly cause?: unknown;
  /** Further facts for machines; never secrets. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The base of every error that QMOI raises on purpose: a stable code, where, and what to do. */
export class QmoiError extends Error {
  /** As text: a minified class has lost the name that it was written with. */
  static override readonly name: string = "QmoiError";
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly remedy: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.name = this.constructor.name;
    this.path = details.path;
    this.remedy = details.remedy ?? ERRORS[code].remedy;
    this.data = details.data;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, path: this.path, remedy: this.remedy, ...(this.data ? { data: this.data } : {}) };
  }
}

/** A conditional write found another state: somebody else was first. */
export class ConflictError extends QmoiError {
  static override readonly name: string = "ConflictError";
  constructor(message: string, details?: ErrorDetails) {
    super("QMOI_CONFLICT", message, details);
  }
}

/** The store asks to slow down; the write did not happen. */
export class ThrottledError extends QmoiError {
  static override readonly name: string = "ThrottledError";
  constructor(message: string, details?: ErrorDetails) {
    super("QMOI_THROTTLED", message, details);
  }
}

/** An item, payload or document is over its limit; nothing was written. */
export class TooLargeError extends QmoiError {
  static override readonly name: string = "TooLargeError";
  constructor(message: string, details?: ErrorDetails) {
    super("QMOI_TOO_LARGE", message, details);
  }
}

export class NotFoundError extends QmoiError {
  static override readonly name: string = "NotFoundError";
  constructor(message: string, details?: ErrorDetails) {
    super("QMOI_NOT_FOUND", message, details);
  }
}

/** The store's answer is missing: whether the write happened is unknown. */
export class UnavailableError extends QmoiError {
  static override readonly name: string = "UnavailableError";
  constructor(message: string, details?: ErrorDetails) {
    super("QMOI_STORE_UNAVAILABLE", message, details);
  }
}

/** A document or request that does not match what was expected. */
export class ValidationError extends QmoiError {
  static override readonly name: string = "ValidationError";
}

/** Whether an error is one of QMOI's own with this code. */
export const hasCode = (error: unknown, code: ErrorCode): error is QmoiError => error instanceof QmoiError && error.code === code;
