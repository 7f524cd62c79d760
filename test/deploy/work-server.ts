import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface WorkServer {
  readonly url: string;
  /** Times at which requests came, by path. */
  readonly requests: ReadonlyMap<string, readonly number[]>;
  /** The latest request's header `x-secrets`. */
  readonly secrets: () => string | undefined;
  readonly close: () => void;
}

/** So many requests below `/together` are answered at once, and none before. */
const TOGETHER = 20;

/** What `http` targets call: answers, at `/flaky` only the second time, below `/slow` after half a second, and below `/together` only 20 at a time. */
export const startWorkServer = async (): Promise<WorkServer> => {
  const requests = new Map<string, number[]>();
  const held: (() => void)[] = [];
  let secrets: string | undefined;
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
    secrets = request.headers["x-secrets"] as string | undefined;
    if (path.startsWith("/slow")) setTimeout(answer, 500);
    else if (path.startsWith("/together")) {
      if (held.push(answer) === TOGETHER) for (const each of held.splice(0)) each();
    } else answer();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    secrets: () => secrets,
    close: () => void server.close(),
  };
};
