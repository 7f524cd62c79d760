import { JoseTokens } from "@qmoi/adapters";
import { silentLogger } from "@qmoi/core";
import { IdentityProviderServer } from "../../support/identity-provider.ts";
import type { Observable } from "../observable.ts";

const trusted = { issuer: "https://issuer.example", audience: "qmoi", jwks: "http://127.0.0.1:1/keys", roles: { ops: "operator" } };

/** Whom a token stands for, with the keys of the issuer where it really answers. */
const observe: Observable["observe"] = async ({ master }) => {
  const issuer = await IdentityProviderServer.start();
  try {
    const providers = master.access.identityProviders.map((provider) => ({ ...provider, jwks: issuer.jwks }));
    return (await new JoseTokens(providers, silentLogger).verify(await issuer.token(), Date.now())) ?? null;
  } finally {
    await issuer.close();
  }
};

export const accessObservables: readonly Observable[] = [
  { leaf: "master.access.identityProviders", change: { master: { access: { identityProviders: [trusted] } } }, observe },
];
