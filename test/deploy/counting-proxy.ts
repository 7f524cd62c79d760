import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/** What functions asked of AWS. */
export interface Asked {
  /** Requests by service and operation: `DynamoDB PutItem`. */
  readonly requests: Map<string, number>;
  writeUnits: number;
  readUnits: number;
}

export interface CountingProxy {
  readonly url: string;
  /** Since it began, or the latest `reset`. */
  readonly asked: () => Asked;
  readonly reset: () => void;
  readonly close: () => void;
}

const WRITES = new Set(["PutItem", "DeleteItem", "UpdateItem"]);
const nothing = (): Asked => ({ requests: new Map(), writeUnits: 0, readUnits: 0 });

/** `AmazonSQS.SendMessageBatch` in the header of a target, a path, or a method of S3. */
const operationOf = ({ headers, method = "", url = "" }: IncomingMessage): readonly [service: string, operation: string] => {
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const [service = "", operation = ""] = target.split(".");
    return [service.replace(/_\d+$/, "").replace(/^(Amazon|AWS)/, ""), operation];
  }
  return url.startsWith("/2015-03-31/functions/") ? ["Lambda", "Invoke"] : ["S3", method];
};

/**
 * Stands between functions and the emulator, and counts. It asks the table for the units that each request takes, which functions don't; a
 * refused write, of which nobody tells, counts one.
 */
export const startCountingProxy = async (to: string): Promise<CountingProxy> => {
  const { hostname, port } = new URL(to);
  let asked = nothing();
  const server = createServer(async (incoming, answered) => {
    const [service, operation] = operationOf(incoming);
    const name = `${service} ${operation}`;
    asked.requests.set(name, (asked.requests.get(name) ?? 0) + 1);
    const counts = service === "DynamoDB";
    let body: Buffer = Buffer.concat(await incoming.toArray());
    if (counts) body = Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: "TOTAL" }));
    const { method, url, headers } = incoming;
    const sent = request(
      { hostname, port, method, path: url, headers: { ...headers, "content-length": String(body.length) } },
      async (answer) => {
        answered.writeHead(answer.statusCode ?? 502, answer.headers);
        const text: Buffer = Buffer.concat(await answer.toArray());
        answered.end(text);
        if (!counts) return;
        const units =
          (JSON.parse(text.toString()).ConsumedCapacity?.CapacityUnits as number | undefined) ?? (WRITES.has(operation) ? 1 : 0);
        if (WRITES.has(operation)) asked.writeUnits += units;
        else asked.readUnits += units;
      },
    );
    sent.on("error", () => answered.writeHead(502).end());
    sent.end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    reset: () => {
      asked = nothing();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
