export { CONSOLE_FILES } from "./console-files.ts";
export { DataLock } from "./data-lock.ts";
export { handlerFetch } from "./handler-fetch.ts";
export { type LocalApi, type LocalOptions, type LocalServer, openLocalApi, type ServedSystem, startLocalServer } from "./local-server.ts";
export { readServerInfo, type ServerInfo } from "./server-info.ts";
export { settingsOf } from "./settings-of.ts";
export * from "./stop-directly.ts";
export { type LocalSystem, openLocal, type SystemOptions } from "./system.ts";
export { readToken } from "./token-file.ts";
