export { Idempotency, type IdempotencyPorts, type IdempotentRequest } from "./idempotency.ts";
export { sweepExpired } from "./sweep-expired.ts";
