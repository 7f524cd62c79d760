import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** An OpenID Connect issuer on this machine: its keys over HTTP, and tokens signed by them. */
export class IdentityProviderServer {
  readonly issuer = "https://issuer.example";
  readonly jwks: string;
  /** How often the keys were asked for. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey, jwks: string, asked: () => number, close: () => Promise<void>) {
    this.#key = key;
    this.jwks = jwks;
    this.asked = asked;
    this.close = close;
  }

  static async start(): Promise<IdentityProviderServer> {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: "ES256", kid: "one", use: "sig" }] });
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(200, { "content-type": "application/json" }).end(keys);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return new IdentityProviderServer(privateKey, `http://127.0.0.1:${port}/keys`, () => asked, close);
  }

  token(claims: JWTPayload = {}, key: CryptoKey | Uint8Array = this.#key, alg = "ES256"): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: this.issuer, aud: "qmoi", sub: "ada", iat: now, exp: now + 600, roles: ["ops"], ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid: "one" }).sign(key);
  }

  /** Configuration that trusts it. */
  get trusted() {
    return { issuer: this.issuer, audience: "qmoi", jwks: this.jwks, claim: "roles", roles: { ops: "operator", root: "master" } } as const;
  }
}
