export { type IssuedKey, type KeyPorts, Keys, type KeyView, type NewKey } from "./keys.ts";
export { SharedFailures } from "./shared-failures.ts";
