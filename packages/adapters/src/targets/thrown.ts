import { ERROR_CLASSES, type ErrorClass, type Failure } from "@qmoi/core";

const isErrorClass = (value: unknown): value is ErrorClass => (ERROR_CLASSES as readonly unknown[]).includes(value);

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The failure that something thrown by a user's function stands for. Reads no getter twice and never throws. */
export const thrownFailure = (thrown: unknown): Failure => {
  try {
    if (typeof thrown !== "object" || thrown === null) return { class: "exception", code: "exception", message: String(thrown) };
    const { errorClass, code, name, message } = thrown as Record<string, unknown>;
    return {
      class: isErrorClass(errorClass) ? errorClass : "exception",
      code: text(code) ?? text(name) ?? "exception",
      message: text(message) ?? "The function threw an object without a message.",
    };
  } catch {
    return { class: "exception", code: "exception", message: "The function threw something that can't be read." };
  }
};

const UNLOADABLE = new Set([
  "ERR_MODULE_NOT_FOUND",
  "MODULE_NOT_FOUND",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_UNSUPPORTED_ESM_URL_SCHEME",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
  "ERR_REQUIRE_ASYNC_MODULE",
]);

/** The failure of a module that could not be loaded: invalid where the source is at fault, else as thrown. */
export const loadFailure = (module: string, thrown: unknown): Failure => {
  const failure = thrownFailure(thrown);
  const unloadable = UNLOADABLE.has(failure.code) || thrown instanceof SyntaxError;
  return unloadable ? { class: "invalid", code: failure.code, message: `Can't load ${module}: ${failure.message}` } : failure;
};
