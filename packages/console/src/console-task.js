import { get, post, runPath } from "./console-api.js";
import { ask } from "./console-dialog.js";
import { failure, h, notice, pill, replace } from "./console-dom.js";
import { expectation } from "./console-forecast.js";
import { ago, between, bytes, duration, localTime } from "./console-format.js";

/** Lines that stay in view; the command line has them all. */
const LINES = 2000;
const FOLLOW_MS = 1000;

/** What is to know of one task: why it is where it is, its attempts, its output and what it wrote. */
export const taskPanel = (run, task, close, changed) => {
  const head = h("div", {}, notice("Loading…"));
  const log = h("pre", { class: "log", tabindex: 0, "aria-label": `Output of ${task}` });
  const logs = h("section", {}, h("h3", {}, "Log"), log);
  let ended = false;
  let after;
  let attempt;
  let reading = false;
  let shownFacts = "";

  const refresh = async () => {
    try {
      const found = await get(runPath(run, "tasks", task));
      if (ended) return;
      // Only what changed is drawn again, so that a person can select text.
      const facts = JSON.stringify(found);
      if (facts !== shownFacts) replace(head, explanation(run, found, changed));
      shownFacts = facts;
      await readLogs(found);
    } catch (error) {
      if (!ended) replace(head, failure(error));
    }
  };

  const readLogs = async (found) => {
    const latest = found.attempts.reduce((most, a) => Math.max(most, a.attempt), 0);
    if (reading || latest === 0) return;
    if (attempt !== latest) {
      attempt = latest;
      after = undefined;
      log.replaceChildren();
    } else if (after === undefined) return;
    reading = true;
    try {
      for (;;) {
        const page = await get(runPath(run, "tasks", task, "logs"), { attempt, after, limit: 1000 });
        if (ended) return;
        append(page.items);
        after = page.next;
        if (after === undefined || page.items.length === 0) break;
      }
    } catch {
      // The next look tells what is wrong.
    } finally {
      reading = false;
    }
  };

  const append = (chunks) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    for (const { stream, text } of chunks) log.append(h("span", { class: stream }, text));
    while (log.childNodes.length > LINES) log.firstChild.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  };

  const follow = setInterval(() => after !== undefined && refresh(), FOLLOW_MS);
  return {
    element: h(
      "div",
      {},
      h(
        "div",
        { class: "title" },
        h("h2", {}, task),
        h("button", { type: "button", class: "close", "aria-label": "Close", "data-key": "close", onclick: close }, "×"),
      ),
      head,
      logs,
    ),
    refresh,
    end: () => {
      ended = true;
      clearInterval(follow);
    },
  };
};

const explanation = (run, { task, state, since, reasons, attempts, forecast }, changed) => {
  const last = attempts.reduce((latest, a) => (latest && latest.attempt > a.attempt ? latest : a), undefined);
  return h(
    "div",
    {},
    h("p", {}, pill(state), h("small", { title: localTime(since) }, ` since ${ago(since)}`)),
    h(
      "ul",
      { class: "reasons" },
      reasons.map((reason) =>
        h(
          "li",
          {},
          reason.text,
          reason.until ? h("small", {}, ` until ${localTime(reason.until)}`) : undefined,
          reason.by?.length
            ? h("small", {}, ` by ${reason.by.slice(0, 10).join(", ")}${reason.by.length > 10 ? ` and ${reason.by.length - 10} more` : ""}`)
            : undefined,
        ),
      ),
    ),
    forecast ? h("p", {}, "Expected to run ", expectation(forecast.seconds)) : undefined,
    forecast?.memory ? h("p", {}, "Expected to need ", expectation(forecast.memory, bytes)) : undefined,
    state === "held" ? settle(run, task, changed) : undefined,
    last?.failure && !reasons.some(({ text }) => text.includes(last.failure.message))
      ? h("p", { class: "notice bad" }, h("strong", {}, last.failure.code), ` ${last.failure.message}`)
      : undefined,
    last?.output === undefined || last.output === null
      ? undefined
      : h("section", {}, h("h3", {}, "Output"), h("pre", { class: "json", tabindex: 0 }, JSON.stringify(last.output, null, 2))),
    attempts.length === 0 ? undefined : h("section", {}, h("h3", {}, "Attempts"), attemptTable(attempts)),
  );
};

const settle = (run, task, changed) =>
  h(
    "div",
    { class: "buttons start" },
    [
      ["succeeded", "It happened"],
      ["failed", "It failed"],
      ["retry", "Try again"],
    ].map(([outcome, label]) => {
      const act = async ({ reason }) => {
        await post(runPath(run, "tasks", task, "settle"), { outcome, ...(reason ? { reason } : {}) });
        changed();
      };
      return h(
        "button",
        {
          type: "button",
          "data-key": `settle ${outcome}`,
          onclick: () =>
            ask({
              title: `${label}: ${task}?`,
              says: "Its effect may happen only once, and whether it did is unknown.",
              confirm: label,
              fields: [{ name: "reason", label: "Reason (for the record)" }],
              act,
            }),
        },
        label,
      );
    }),
  );

const attemptTable = (attempts) =>
  h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "small" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["#", "State", "Waited", "Ran", "CPU", "Memory"].map((title) => h("th", { scope: "col" }, title)),
        ),
      ),
      h(
        "tbody",
        {},
        attempts.map((a) =>
          h(
            "tr",
            { title: `${localTime(a.startedAt)} by ${a.worker}` },
            h("td", {}, a.attempt),
            h("td", {}, pill(a.state)),
            h("td", { class: "number" }, duration(a.queueDelay + a.startDelay)),
            h("td", { class: "number" }, between(a.startedAt, a.endedAt)),
            h("td", { class: "number" }, a.use?.cpuSeconds === undefined ? "" : `${a.use.cpuSeconds.toFixed(2)}s`),
            h("td", { class: "number" }, a.use?.peakMemoryBytes === undefined ? "" : bytes(a.use.peakMemoryBytes)),
          ),
        ),
      ),
    ),
  );
