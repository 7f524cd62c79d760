// The API of this server, by the session's cookie.

/** An error answer: `message`, `remedy`, `code`, `status`. */
export class ApiError extends Error {
  constructor(problem, status) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.remedy = problem.remedy;
    this.code = problem.code;
    this.status = status;
  }
}

const send = async (method, path, body) => {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError({ detail: "The server does not answer.", remedy: "Is `qmoi up` still running?" }, 0);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(answer, response.status);
  return answer;
};

const query = (values) => {
  const params = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
  return params.size === 0 ? "" : `?${params}`;
};

export const get = (path, values = {}) => send("GET", `${path}${query(values)}`);
export const post = (path, body = {}) => send("POST", path, body);

/** Items of a list, page after page, at most so many. */
export const getAll = async (path, values = {}, most = 5000) => {
  const items = [];
  for (let after; ; ) {
    const page = await get(path, { ...values, limit: 1000, after });
    items.push(...page.items);
    if (page.next === undefined || items.length >= most) return items;
    after = page.next;
  }
};

export const runPath = (run, ...rest) => ["/v1/runs", run, ...rest].map((part, i) => (i === 0 ? part : encodeURIComponent(part))).join("/");

/** Calls `onChange` with the id of each run that changes, and `onLink` with whether the server can be heard. */
export const listen = (onChange, onLink) => {
  const source = new EventSource("/events");
  source.onmessage = ({ data }) => onChange(JSON.parse(data).run);
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
};
