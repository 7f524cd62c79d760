import { failure, h, notice, replace } from "./console-dom.js";

/** A page with one body, which `load` makes anew at each look. */
export const view = (title, load) => {
  const body = h("div", {}, notice("Loading…"));
  let ended = false;
  const refresh = async () => {
    try {
      const content = await load(refresh);
      if (!ended) replace(body, content);
    } catch (error) {
      if (!ended) replace(body, failure(error));
    }
  };
  return {
    title,
    element: h("div", {}, h("h1", {}, title), body),
    refresh,
    end: () => {
      ended = true;
    },
  };
};

/** A table by its titles and rows, which scrolls by itself. */
export const tableOf = (titles, rows) =>
  h(
    "div",
    { class: "scroll", "data-scroll": "table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          titles.map((title) => h("th", { scope: "col" }, title)),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
