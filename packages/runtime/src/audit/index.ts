export { AuditLog, type AuditPorts } from "./audit-log.ts";
export { AuditReader, type AuditRequest } from "./audit-reader.ts";
