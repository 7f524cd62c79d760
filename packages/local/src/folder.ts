// What can be told of a data folder without opening it: a command that asks its server needs no more of this package, and begins at once.
export { DataLock } from "./data-lock.ts";
export { readMasterKey } from "./master-key.ts";
export { readServerInfo } from "./server-info.ts";
