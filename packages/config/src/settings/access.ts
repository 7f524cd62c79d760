import { ROLES } from "@qmoi/core";
import * as z from "zod";

const webAddress = z
  .url({ protocol: /^https?$/, error: "It must be an https address." })
  .max(2048)
  .refine((text) => text.startsWith("https:") || ["127.0.0.1", "localhost", "[::1]"].includes(URL.parse(text)?.hostname ?? ""), {
    error: "It must be an https address: whoever could alter the answer could log in as anybody.",
  });

const text = (max: number) => z.string().min(1).max(max);

const identityProvider = z.strictObject({
  issuer: text(2048).describe("Issuer of the tokens, exactly as they say it (iss)."),
  audience: text(500).describe("Whom the tokens must be meant for (aud)."),
  jwks: webAddress.describe("Address of the issuer's keys, which are cached."),
  claim: text(200).default("roles").describe("Claim that says what somebody may do: a text, or a list of texts."),
  roles: z.record(text(500), z.enum(ROLES)).describe("Role by the claim's value; the highest counts, and whoever has none is refused."),
});

export const accessSchema = z
  .strictObject({
    identityProviders: z
      .array(identityProvider)
      .max(20)
      .default([])
      .describe("OpenID Connect issuers whose bearer tokens count beside API keys. Read at the start."),
  })
  .prefault({})
  .describe("Who may call the API.");
