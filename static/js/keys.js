// Ctrl+Enter does the main act, Esc cancels, / searches, ? shows the keys, arrows and x work in lists.
import { inField } from "./scanner.js";

const dialog = document.querySelector("#keys");
const button = document.querySelector("[data-keys]");
const rows = [...document.querySelectorAll("tr[data-row]")];

const showKeys = () => dialog?.showModal();

const move = (step) => {
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, here + step))];
  next?.querySelector("a, button")?.focus();
};

const tick = () => {
  const box = document.activeElement?.closest("tr[data-row]")?.querySelector("input[type=checkbox]");
  box?.click();
};

const cancel = () => {
  const menu = document.querySelector("details.menu[open]");
  if (menu) menu.open = false;
  else if (inField(document.activeElement)) document.activeElement.blur();
  else document.querySelector("[data-cancel]")?.click();
};

const plain = {
  "/": () => document.querySelector("#search")?.focus(),
  "?": showKeys,
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  x: tick,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || dialog?.open) return;
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    document.querySelector("[data-primary]")?.click();
  } else if (event.key === "Escape") {
    cancel();
  } else if (!inField(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && event.key in plain) {
    if (event.key.startsWith("Arrow") && rows.length === 0) return;
    event.preventDefault();
    plain[event.key]();
  }
});

if (button) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}

// Menus close when one clicks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
