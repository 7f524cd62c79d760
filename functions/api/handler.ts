import { type Logger, silentLogger } from "@qmoi/core";
import type { ControlPlane } from "@qmoi/runtime";
import { type ApiResult, type Authenticate, compose } from "./middleware.ts";
import type { ApiEvent } from "./request.ts";
import type { Services } from "./route.ts";

export type * from "./advice-answers.ts";
export type * from "./answers.ts";
export type * from "./command-answers.ts";
export type * from "./forecast-answers.ts";
export type * from "./governance-answers.ts";
export { BODY_BYTES, bodyLimit, DOCUMENT_BYTES } from "./limits.ts";
export { type ApiResult, type Authenticate, SECURITY_HEADERS } from "./middleware.ts";
export type { OpenApi, Operation } from "./openapi.ts";
export { problemOf } from "./problem.ts";
export type { Problem } from "./problem-answer.ts";
export { type ApiEvent, authorized, principalOf } from "./request.ts";
export type { Route, Services } from "./route.ts";
export { ROUTES } from "./routes/index.ts";

export interface ApiOptions {
  readonly plane: ControlPlane;
  readonly services: Services;
  /** Without it, the gateway's authorizer found who calls, and the event names it. */
  readonly authenticate?: Authenticate;
  readonly version: string;
  readonly logger?: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Answers one request of an HTTP API (API Gateway, payload format 2.0). Never rejects: every error is an answer. */
export type ApiHandler = (event: ApiEvent) => Promise<ApiResult>;

export const createApi = ({ plane, services, authenticate, version, logger = silentLogger, now }: ApiOptions): ApiHandler => {
  const composed = compose({ ...services, plane, version, now, logger, ...(authenticate ? { authenticate } : {}) });
  return (event) => composed(event, {} as never);
};
