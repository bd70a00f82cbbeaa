// What the keyboard does on this page. The dialog of `?` shows of all keys those that do something here.
import { hasBoxes, move, rows, tick, tickAll, wayBack } from "./lists.js";
import { inField } from "./scanner.js";

const dialog = document.querySelector("#keys");
const button = document.querySelector("[data-keys]");
const search = document.querySelector("#search");
let goes = false; // g was pressed: the next letter is a queue's

const primary = () => document.querySelector("[data-primary]");

const works = {
  primary: () => primary() && !primary().disabled,
  rows: () => rows().length > 0,
  boxes: hasBoxes,
  field: () => [...document.querySelectorAll("#work :is(input, textarea, select)")].some((box) => inField(box) && box.checkVisibility()),
  back: () => wayBack(),
  digits: () => document.querySelector("[data-digit]"),
  go: () => true,
  search: () => search,
  keys: () => true,
};

const manual = document.querySelector("[data-manual]");

const showKeys = () => {
  for (const line of dialog.querySelectorAll("[data-when]")) line.hidden = !works[line.dataset.when]();
  if (primary()) dialog.querySelector("[data-when=primary] [data-said]").textContent = primary().textContent.trim();
  dialog.showModal();
};

const leave = () => {
  const menu = document.querySelector("details.menu[open]");
  const back = wayBack();
  if (menu) menu.open = false;
  else if (inField(document.activeElement)) document.activeElement.blur();
  else if (back) location.assign(back);
};

const plain = {
  "/": () => search?.focus(),
  "?": showKeys,
  j: () => move(1),
  k: () => move(-1),
  x: tick,
  X: tickAll,
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
};

// A key held down repeats: it does no second main act, and none on the page that comes.
const isHeld = (event) => event.repeat && event.target.closest?.("[data-primary]");

const press = (event) => {
  if (goes) {
    goes = false;
    document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "g") {
    goes = true;
  } else if (/^[1-9]$/.test(event.key)) {
    document.querySelector(`[data-digit="${event.key}"]`)?.click();
  } else if (event.key in plain) {
    const isArrow = event.key.startsWith("Arrow");
    if (isArrow && (rows().length === 0 || event.target.closest("input, [role=application]"))) return;
    event.preventDefault();
    plain[event.key]();
  }
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented) return;
  if (event.key === "F1" && manual) { // a letter would begin the scan of an address: https://
    event.preventDefault();
    manual.click();
  } else if (dialog?.open) {
    return;
  } else if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    if (!event.repeat) primary()?.click();
  } else if (isHeld(event)) {
    event.preventDefault();
  } else if (event.key === "Escape") {
    leave();
  } else if (!inField(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    press(event);
  }
});

if (button) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}

// Menus close when one clicks elsewhere.
document.addEventListener("click", (event) => {
  goes = false;
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
