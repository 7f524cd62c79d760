import type { Audit, AuditEvent, Principal, Role } from "@qmoi/core";
import type { AuditReader, Backups, Commands, Configuration, ControlPlane, Idempotency, Keys, Providers } from "@qmoi/runtime";
import type * as z from "zod";
import type { OpenApi } from "./openapi.ts";

/** What routes use besides the control plane. */
export interface Services {
  readonly audit: Audit;
  readonly records: AuditReader;
  readonly commands: Commands;
  readonly configuration: Configuration;
  readonly backups: Backups;
  readonly keys: Keys;
  readonly providers: Providers;
  readonly idempotency: Idempotency;
}

/** What every route may use. */
export interface RouteContext extends Services {
  /** The description of the API. */
  readonly describe: () => Promise<OpenApi>;
  readonly plane: ControlPlane;
  /** Version of QMOI, told by health. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One parsed request. */
export interface Call<Q, B> extends RouteContext {
  readonly who: Principal;
  /** Address that the request came from. */
  readonly from: string;
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Answer<T> {
  readonly body: T;
  /** Instead of the route's own status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the call did, where the path and the body don't say it. */
  readonly audit?: Partial<Pick<AuditEvent, "subject" | "before" | "after" | "reason">>;
  /** What was called has written the record itself. */
  readonly recorded?: boolean;
}

/** One route: what it takes, what it answers, and what it does. The table of routes is the one source for the router and its description. */
export interface Route {
  readonly method: "GET" | "POST";
  /** With parameters in braces: `/v1/runs/{run}`. */
  readonly path: string;
  readonly summary: string;
  /** The least role that may call it; without one it needs no credentials. */
  readonly role?: Role;
  readonly status: number;
  /** Other statuses that an answer may have. */
  readonly statuses?: readonly number[];
  /** Content type of the answer, which is then a text; JSON otherwise. */
  readonly type?: string;
  /** Action under which a call is recorded, such as `run.cancel`: for whatever changes something. */
  readonly audit?: string;
  /** Whether the handler itself gives the same answer for the same `Idempotency-Key`. */
  readonly ownIdempotency?: true;
  /** Keys of the answer that are left out when the same request is answered again. */
  readonly toldOnce?: readonly string[];
  /** Loaded, and zod with it, where there is something to check. Without it, a query is refused. */
  readonly query?: () => Promise<z.ZodType>;
  /** The same of the body. */
  readonly body?: () => Promise<z.ZodType>;
  /** What its answer looks like: loaded by whoever asks for the description, because nothing checks it. */
  readonly answer: () => Promise<z.ZodType>;
  readonly handle: (call: Call<never, never>) => Promise<Answer<unknown>>;
}

interface RouteDefinition<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>
  extends Omit<Route, "query" | "body" | "answer" | "handle" | "status"> {
  readonly status?: number;
  readonly query?: () => Promise<Q>;
  readonly body?: () => Promise<B>;
  readonly answer: () => Promise<A>;
  readonly handle: (call: Call<z.output<Q>, z.output<B>>) => Promise<Answer<z.output<A>>>;
}

/** Ties the types of query, body and answer to their schemas. */
export const defineRoute = <Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  definition: RouteDefinition<Q, B, A>,
): Route => ({
  status: 200,
  ...definition,
});
