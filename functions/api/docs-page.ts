import { createHash } from "node:crypto";
import type { OpenApi, Operation } from "./openapi.ts";

const STYLE = `:root{color-scheme:light dark;--line:light-dark(#d9dce1,#3a3f47);--soft:light-dark(#5b6470,#9aa4b2);--back:light-dark(#f5f6f8,#1d2025)}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:2rem 1rem}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}summary span{color:var(--soft)}
code,pre{font:14px/1.45 ui-monospace,monospace}b.m{display:inline-block;min-width:3.5rem}
pre{background:var(--back);overflow:auto;padding:.7rem;border-radius:.3rem;max-height:30rem}
table{border-collapse:collapse;width:100%}td,th{border-top:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}`;

/** The page loads nothing and runs nothing: only its own style counts, by its hash. */
export const DOCS_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: unknown): string => String(text).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
const prose = (text: unknown): string => escaped(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const json = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, undefined, 2))}</pre>`;

const parameters = ({ parameters = [] }: Operation): string => {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: where, required, schema, description = "" }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${where}${required ? ", required" : ""}</td><td><code>${escaped(JSON.stringify(schema))}</code> ${prose(description)}</td></tr>`,
  );
  return `<h4>Parameters</h4><table>${rows.join("")}</table>`;
};

const contents = (title: string, content: Operation["responses"][string]["content"] = {}): string =>
  Object.entries(content)
    .map(([type, { schema }]) => `<h4>${escaped(title)} <code>${escaped(type)}</code></h4>${json(schema)}`)
    .join("");

const operation = (path: string, method: string, one: Operation): string => {
  const answers = Object.entries(one.responses)
    .filter(([status]) => /^\d+$/.test(status))
    .map(([status, { content }]) => contents(`Answer ${status}`, content));
  const body = one.requestBody ? contents(`Body${one.requestBody.required ? "" : " (may be left out)"}`, one.requestBody.content) : "";
  return `<details id="${escaped(one.operationId)}"><summary><b class="m">${escaped(method.toUpperCase())}</b> <code>${escaped(path)}</code> <span>${prose(one.summary)}</span></summary><p>${prose(one.description ?? "Needs no credentials.")}</p>${parameters(one)}${body}${answers.join("")}</details>`;
};

/** The description of the API as one page of HTML that needs nothing else. */
export const docsPage = ({ info, paths, components }: OpenApi): string => {
  const all = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, one]) => ({ path, method, one })));
  const tags = [...new Set(all.map(({ one }) => String((one.tags as readonly string[])[0])))].sort();
  const section = (tag: string): string => {
    const own = all.filter(({ one }) => (one.tags as readonly string[])[0] === tag);
    return `<h2>${escaped(tag)}</h2>${own.map(({ path, method, one }) => operation(path, method, one)).join("")}`;
  };
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary>${json(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>QMOI API</title>
<style>${STYLE}</style>
<h1>QMOI API ${escaped(info.version)}</h1>
<p>${prose(info.description)}</p>
<p>For programs: <a href="/v1/openapi.json">/v1/openapi.json</a></p>
${tags.map(section).join("\n")}
<h2>Schemas</h2>
${schemas.join("\n")}
</html>
`;
};
