import { type Logger, type Principal, ROLES, type Role, type Tokens } from "@qmoi/core";
import type { JWTPayload, JWTVerifyGetKey } from "jose";

/** An OpenID Connect issuer whose tokens count here. */
export interface IdentityProvider {
  /** `iss` of its tokens, exactly. */
  readonly issuer: string;
  /** `aud` that they must have. */
  readonly audience: string;
  /** Address of its keys (JWKS). */
  readonly jwks: string;
  /** Claim that says what somebody may do: a text or a list of texts, such as `groups`. */
  readonly claim: string;
  /** Role by the claim's value; the highest counts. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** Only signatures by a private key: whoever checks a token must not be able to make one. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const CLOCK_TOLERANCE_S = 30;
const CACHE_MS = 600_000;
/** An unknown key makes the keys be read again, but no more often than this. */
const COOLDOWN_MS = 30_000;
const TIMEOUT_MS = 5_000;

/** Tokens of OpenID Connect providers, by their published keys, which are cached. */
export class JoseTokens implements Tokens {
  readonly #providers: ReadonlyMap<string, IdentityProvider>;
  readonly #keys = new Map<string, JWTVerifyGetKey>();
  readonly #logger: Logger;

  constructor(providers: readonly IdentityProvider[], logger: Logger) {
    this.#providers = new Map(providers.map((provider) => [provider.issuer, provider]));
    this.#logger = logger;
  }

  async verify(token: string, now: number): Promise<Principal | undefined> {
    const provider = this.#providers.get(issuerOf(token) ?? "");
    if (!provider) return undefined;
    // Loaded when the first token comes: most installations have keys only.
    const { jwtVerify, errors } = await import("jose");
    try {
      const { payload } = await jwtVerify(token, await this.#keysOf(provider), {
        issuer: provider.issuer,
        audience: provider.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(now),
      });
      const role = roleOf(payload, provider);
      return role && payload.sub ? { id: `oidc:${payload.sub}`.slice(0, 200), kind: "oidc", role } : undefined;
    } catch (error) {
      // Keys that can't be read are the operator's business; a wrong token is its bearer's.
      const away = !(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
      if (away) this.#logger.log("warn", "keys of an identity provider not read", { issuer: provider.issuer, error });
      return undefined;
    }
  }

  async #keysOf({ issuer, jwks }: IdentityProvider): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer);
    if (known) return known;
    const { createRemoteJWKSet } = await import("jose");
    const keys = createRemoteJWKSet(new URL(jwks), { cacheMaxAge: CACHE_MS, cooldownDuration: COOLDOWN_MS, timeoutDuration: TIMEOUT_MS });
    this.#keys.set(issuer, keys);
    return keys;
  }
}

/** What the token says of its issuer, which chooses the keys that then must prove it. */
const issuerOf = (token: string): string | undefined => {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JWTPayload;
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
};

const roleOf = (payload: JWTPayload, { claim, roles }: IdentityProvider): Role | undefined => {
  const values = [payload[claim]].flat().filter((value) => typeof value === "string");
  const held = values.map((value) => (Object.hasOwn(roles, value) ? roles[value] : undefined));
  return [...ROLES].reverse().find((role) => held.includes(role));
};
