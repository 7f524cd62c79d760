import { type Audit, type Clock, type Principal, sha256, type Tokens } from "@qmoi/core";
import { Failures } from "@qmoi/master-automation";
import type { Keys, SharedFailures } from "@qmoi/runtime";
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerWithContextResult } from "aws-lambda";
import { LoginFailures } from "./login-failures.ts";

/** What the gateway hands on to the function behind it: flat, because it takes texts only. */
export interface AuthorizerContext {
  readonly id: string;
  readonly kind: Principal["kind"];
  readonly role: Principal["role"];
  /** Joined by commas; absent: all. */
  readonly scopes?: string;
}

/** What of the gateway's event (payload format 2.0) is looked at. */
export type AuthorizerEvent = Pick<APIGatewayRequestAuthorizerEventV2, "headers"> & {
  readonly requestContext: { readonly http: { readonly sourceIp: string } };
};

export type AuthorizerResult = APIGatewaySimpleAuthorizerWithContextResult<Partial<AuthorizerContext>>;

export interface AuthorizerOptions {
  readonly keys: Pick<Keys, "check">;
  /** Checks tokens of identity providers; without it there are only keys. */
  readonly tokens?: Tokens;
  readonly audit: Audit;
  readonly clock: Clock;
  /** How many failures are too many; 10 a minute otherwise. */
  readonly failures?: Failures;
  /** Counts failures over all processes; without it each counts its own, which is enough where there is one. */
  readonly shared?: Pick<SharedFailures, "isBlocked" | "add">;
}

export type Authorizer = (event: AuthorizerEvent) => Promise<AuthorizerResult>;

const DENIED: AuthorizerResult = { isAuthorized: false, context: {} };
/** Credentials that were right lately, by their hash: an address or key that is denied for others' failures lets them through. */
const MOST_KNOWN = 1000;
const KEY_ID = /^qmoi_([0-9a-f]{12})_/;

const bearerOf = ({ headers }: AuthorizerEvent): string | undefined => /^Bearer +(\S{1,8192}) *$/i.exec(headers?.authorization ?? "")?.[1];

/**
 * Finds out who calls: the Lambda authorizer of the HTTP API, and the same function locally. It says no word on what was wrong. After too
 * many failures of one address or with one key's id, credentials that it doesn't know yet are denied without looking.
 */
export const createAuthorizer = ({ keys, tokens, audit, clock, failures = new Failures(), shared }: AuthorizerOptions): Authorizer => {
  const logins = new LoginFailures(audit);
  const known = new Set<string>();
  const remember = (digest: string): void => {
    known.delete(digest);
    known.add(digest);
    if (known.size > MOST_KNOWN) known.delete(known.values().next().value ?? digest);
  };
  return async (event) => {
    const bearer = bearerOf(event);
    if (bearer === undefined) return DENIED;
    const { sourceIp } = event.requestContext.http;
    const now = clock.monotonic();
    const digest = sha256(bearer);
    const id = KEY_ID.exec(bearer)?.[1];
    const names = [`address ${sourceIp}`, ...(id === undefined ? [] : [`key ${id}`])];
    const blocked = async (): Promise<boolean> =>
      names.some((name) => failures.isBlocked(name, now)) ||
      (shared !== undefined && (await Promise.all(names.map((name) => shared.isBlocked(name)))).includes(true));
    if (!known.has(digest) && (await blocked())) {
      logins.add(sourceIp, id, now);
      return DENIED;
    }
    const who = id === undefined ? await tokens?.verify(bearer, clock.now()) : await keys.check(bearer);
    if (!who) {
      known.delete(digest);
      for (const name of names) failures.add(name, now);
      await Promise.all(names.map((name) => shared?.add(name)));
      logins.add(sourceIp, id, now);
      return DENIED;
    }
    remember(digest);
    const { id: principal, kind, role, scopes } = who;
    return { isAuthorized: true, context: { id: principal, kind, role, ...(scopes ? { scopes: scopes.join(",") } : {}) } };
  };
};
