export { Idempotency, type IdempotencyPorts, type IdempotentRequest } from "./idempotency.ts";
