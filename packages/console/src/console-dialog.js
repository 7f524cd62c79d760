import { failure, h, replace } from "./console-dom.js";

const dialog = () => document.getElementById("dialog");

/** Asks before something happens. `act` gets the fields' values; while it works the dialog stays, and tells what went wrong. */
export const ask = ({ title, says, confirm, danger = false, fields = [], act }) => {
  const problem = h("div");
  const inputs = fields.map(({ name, label, rows, value = "" }) => {
    const input = rows ? h("textarea", { name, rows, spellcheck: "false" }, value) : h("input", { name, value });
    return h("label", {}, label, input);
  });
  const submit = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget));
    const button = event.currentTarget.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await act(values);
      dialog().close();
    } catch (error) {
      replace(problem, failure(error));
    } finally {
      button.disabled = false;
    }
  };
  replace(
    dialog(),
    h(
      "form",
      { onsubmit: submit },
      h("h2", { id: "dialog-title" }, title),
      h("p", {}, says),
      inputs,
      problem,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog().close() }, "Leave it"),
        h("button", { type: "submit", class: danger ? "danger" : "primary" }, confirm),
      ),
    ),
  );
  dialog().showModal();
};
