import type { IncomingHttpHeaders } from "node:http";
import { QmoiError } from "@qmoi/core";

/**
 * Refuses what a foreign web page could make a browser send here: a Host that is not this server's (a name that was bound to 127.0.0.1
 * afterwards), a foreign Origin, or a request that the browser itself says comes from elsewhere. Opening `/` by a link is allowed: it
 * changes nothing.
 */
export const guardOrigin = (method: string, path: string, headers: IncomingHttpHeaders, port: number): void => {
  const hosts = ["127.0.0.1", "localhost", "[::1]"].flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);
  const { host, origin } = headers;
  if (host === undefined || !hosts.includes(host.toLowerCase())) throw foreign(`The Host \`${shown(host)}\` is not this server's.`, "host");
  if (origin !== undefined && !hosts.some((own) => origin.toLowerCase() === `http://${own}`)) {
    throw foreign(`The Origin \`${shown(origin)}\` is not this server's.`, "origin");
  }
  const site = headers["sec-fetch-site"];
  const opensPage = method === "GET" && path === "/" && headers["sec-fetch-mode"] === "navigate";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !opensPage) {
    throw foreign("The request comes from another site.", "sec-fetch-site");
  }
};

const shown = (value: string | undefined): string => (value ?? "").slice(0, 100);
const foreign = (message: string, header: string): QmoiError =>
  new QmoiError("QMOI_FOREIGN_ORIGIN", message, { path: `$.headers.${header}` });
