// In place of node:http: to import that as a module also loads undici, for its WebSocket, which takes as long as all the rest of a small function.
const http = process.getBuiltinModule("node:http");

export const { Agent, IncomingMessage, request, STATUS_CODES } = http;
