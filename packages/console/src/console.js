// The page: finds the view for the address, shows it, and tells it when a run changes.
import { listen } from "./console-api.js";
import { h, notice, replace } from "./console-dom.js";
import { forecastsView } from "./console-forecasts.js";
import { runView } from "./console-run.js";
import { runsView } from "./console-runs.js";
import { deadLettersView, workflowsView } from "./console-workflows.js";

const main = document.getElementById("main");
const link = document.getElementById("link");

/** Address after `#` to view: what it shows, and how it hears of changes. */
const ROUTES = [
  [/^\/runs$/, () => runsView()],
  [/^\/runs\/([^/]+)(?:\/tasks\/(.+))?$/, (run, task) => runView(run, task)],
  [/^\/workflows$/, () => workflowsView()],
  [/^\/forecasts$/, () => forecastsView()],
  [/^\/dead-letters$/, () => deadLettersView()],
];

let current;

const show = () => {
  const [path, search = ""] = (location.hash.slice(1) || "/runs").split("?");
  const found = ROUTES.flatMap(([pattern, view]) => {
    const match = pattern.exec(path);
    return match ? [{ view, args: match.slice(1).map((part) => part && decodeURIComponent(part)) }] : [];
  })[0];
  for (const a of document.querySelectorAll("nav a")) {
    if (path.startsWith(a.hash.slice(1))) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  // The same run with another task selected is the same view.
  if (current?.moved?.(path, new URLSearchParams(search))) return;
  current?.end?.();
  current = found?.view(...found.args);
  if (!current) return replace(main, notice("There is nothing here."), h("p", {}, h("a", { href: "#/runs" }, "See the runs")));
  replace(main, current.element);
  document.title = `${current.title} · QMOI`;
  current.refresh();
};

addEventListener("hashchange", () => {
  show();
  if (document.activeElement === document.body) main.focus({ preventScroll: true });
});

listen(
  (run) => current?.changed?.(run),
  (connected) => {
    link.textContent = connected ? "live" : "not connected";
    link.className = connected ? "connection good" : "connection bad";
    if (connected) current?.refresh();
  },
);

// What the events don't tell (durations, schedules, an event that was lost) is looked at now and then.
setInterval(() => document.visibilityState === "visible" && current?.refresh(), 10_000);
show();
