import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface WorkServer {
  readonly url: string;
  /** Requests so far by path. */
  readonly requests: ReadonlyMap<string, number>;
  readonly close: () => void;
}

/** What `http` targets call: answers, and at `/flaky` only the second time. */
export const startWorkServer = async (): Promise<WorkServer> => {
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const times = (requests.get(path) ?? 0) + 1;
    requests.set(path, times);
    const refused = path === "/flaky" && times === 1;
    response.writeHead(refused ? 503 : 200, { "content-type": "application/json" }).end(JSON.stringify({ path, times }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close: () => void server.close() };
};
