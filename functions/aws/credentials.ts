import { fromEnv } from "@aws-sdk/credential-provider-env";

// In place of the SDK's chain of providers: a function's credentials are in its environment, and the chain is two fifths of a small bundle.
export const defaultProvider = fromEnv;
