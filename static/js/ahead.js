// A family's form at the window: Enter says that a line is right and goes to the next one; a scanned code opens a form.
import { giveFocus } from "./scanner.js";

const BOXES = "input:not([type=hidden], [type=checkbox]), select";
const rows = [...document.querySelectorAll("[data-compare], [data-next]")];

const boxIn = (row) => {
  const boxes = [...row.querySelectorAll(BOXES)].filter((each) => !each.disabled && each.checkVisibility());
  return boxes.find((each) => each.type === "radio" && each.checked) ?? boxes[0] ?? row.querySelector("input:not([type=hidden])");
};

for (const [place, row] of rows.entries()) {
  row.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const right = row.querySelector(".tick [name=compared_field]");
    if (right) right.checked = true;
    row.classList.toggle("right", Boolean(right));
    (rows[place + 1] ? boxIn(rows[place + 1]) : document.querySelector("[data-primary]"))?.focus();
  });
  row.addEventListener("change", () => row.classList.toggle("right", Boolean(row.querySelector(".tick [name=compared_field]:checked"))));
}
if (rows.length && !location.hash) giveFocus(boxIn(rows[0]));

const code = document.querySelector("#f-code");
const send = () => code.value.trim() && code.form.requestSubmit();
code?.addEventListener("scanned", send);
code?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey) return;
  event.preventDefault();
  send();
});
