import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface WorkServer {
  readonly url: string;
  /** Times at which requests came, by path. */
  readonly requests: ReadonlyMap<string, readonly number[]>;
  readonly close: () => void;
}

/** What `http` targets call: answers, at `/flaky` only the second time, and below `/slow` after half a second. */
export const startWorkServer = async (): Promise<WorkServer> => {
  const requests = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const times = requests.get(path) ?? [];
    requests.set(path, times);
    times.push(Date.now());
    const refused = path === "/flaky" && times.length === 1;
    const answer = (): void =>
      void response
        .writeHead(refused ? 503 : 200, { "content-type": "application/json" })
        .end(JSON.stringify({ path, times: times.length }));
    if (path.startsWith("/slow")) setTimeout(answer, 500);
    else answer();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close: () => void server.close() };
};
