import { generateKeyPairSync } from "node:crypto";
import { silentLogger } from "@qmoi/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { IdentityProviderServer } from "../../../../test/support/identity-provider.ts";
import { JoseTokens } from "./jose-tokens.ts";

let issuer: IdentityProviderServer;
let tokens: JoseTokens;
beforeAll(async () => {
  issuer = await IdentityProviderServer.start();
  tokens = new JoseTokens([issuer.trusted], silentLogger);
});
afterAll(() => issuer.close());

it("stand for whom the issuer says, with the highest role that its claim maps to, and ask for its keys once", async () => {
  expect(await tokens.verify(await issuer.token(), Date.now())).toEqual({ id: "oidc:ada", kind: "oidc", role: "operator" });
  const both = await issuer.token({ roles: ["ops", "root", "other"] });
  expect(await tokens.verify(both, Date.now())).toMatchObject({ role: "master" });
  expect(await tokens.verify(await issuer.token({ roles: "ops" }), Date.now())).toMatchObject({ role: "operator" });
  expect(issuer.asked()).toBe(1);
});

it.each<[string, Record<string, unknown>]>([
  ["another issuer", { iss: "https://other.example" }],
  ["another audience", { aud: "other" }],
  ["no audience", { aud: undefined }],
  ["no subject", { sub: undefined }],
  ["no end", { exp: undefined }],
  ["an end that has passed", { exp: Math.floor(Date.now() / 1000) - 60 }],
  ["a beginning to come", { nbf: Math.floor(Date.now() / 1000) + 600 }],
  ["no role here", { roles: ["guest"] }],
  ["a role by a name of every object", { roles: ["constructor", "__proto__"] }],
])("are refused with %s", async (_, claims) => {
  expect(await tokens.verify(await issuer.token({ ...claims }), Date.now())).toBeUndefined();
});

it("are refused when somebody else signed them, nobody did, or the public key was taken for a secret", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const good = await issuer.token();
  const [, payload] = good.split(".");
  const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
  const shared = await issuer.token({}, Buffer.alloc(32, 1), "HS256");
  const foreign = await issuer.token({}, privateKey as never);
  for (const token of [unsigned, shared, foreign, `${good}x`, "a.b.c", "x"])
    expect(await tokens.verify(token, Date.now()), token).toBeUndefined();
});
