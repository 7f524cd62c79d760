import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface HostProxy {
  readonly url: string;
  readonly close: () => void;
}

/** An address of this machine that stands for a deployed API: the emulator tells APIs apart by the Host header, whose names resolve nowhere. */
export const startHostProxy = async (port: number, host: string): Promise<HostProxy> => {
  const server = createServer((asked, answered) => {
    const { method, url: path, headers } = asked;
    const sent = request({ host: "127.0.0.1", port, method, path, headers: { ...headers, host } }, (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answered);
    });
    sent.on("error", () => answered.writeHead(502).end());
    asked.pipe(sent);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
};
