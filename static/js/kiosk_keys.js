// Keys to touch, and the hand scanner, which types a code and Enter wherever the focus is. What was typed comes back once, when
// nothing was found; it is kept in this memory alone.
const PAUSE_MS = 1000; // longer than a scanner pauses within a code
const CODE = /(?:^|#)([0-9A-Z]{4})-?([0-9A-Z]{4})-?([0-9A-Z]{3})$/i;

let typed = null;
let scanned = "";
let burst = "";
let last = 0;

const inBox = (element) => element?.matches?.("input:not([type=checkbox])") ?? false;
const boxes = () => [...document.querySelectorAll(".form input:not([type=checkbox])")];
const reference = () => document.querySelector("#f-reference");

export const kept = {
  take: (form) => { typed = [...new FormData(form)]; },
  forget: () => { typed = null; },
  clear: () => { typed = null; scanned = ""; burst = ""; },
  some: () => scanned !== "",
};

// A page that came: no keyboard of the machine's own, what is kept, what was scanned before.
export const fill = () => {
  for (const box of boxes()) box.inputMode = "none";
  if (!reference()) return;
  for (const [name, value] of typed ?? []) {
    const box = reference().form.elements[name];
    if (box?.type === "checkbox") box.checked = true;
    else if (box) box.value = value;
  }
  typed = null;
  if (scanned) put(scanned);
  scanned = "";
  for (const tick of document.querySelectorAll("[data-unknown]")) follow(tick);
};

const follow = (tick) => {
  const box = document.getElementById(tick.dataset.unknown);
  box.disabled = tick.checked;
  if (tick.checked) box.value = "";
};

const put = (code) => {
  reference().value = code;
  onwards(reference());
};

const onwards = (box) => {
  const after = boxes().slice(boxes().indexOf(box) + 1).find((each) => !each.disabled);
  (after ?? document.querySelector(".form .actions .button")).focus();
};

const codeIn = (text) => text.trim().match(CODE)?.slice(1).join("-").toUpperCase() ?? "";

// The keys on the screen

const current = () => (inBox(document.activeElement) ? document.activeElement : boxes().find((box) => !box.disabled));

const press = (key) => {
  const box = current();
  if (!box) return;
  box.focus();
  if (box.value.length >= (box === reference() ? 13 : box.maxLength)) return;
  box.value += key;
  if (box === reference() && /^[^-]{4}(-[^-]{4})?$/.test(box.value)) box.value += "-";
  box.dispatchEvent(new Event("input", { bubbles: true }));
};

const erase = () => {
  const box = current();
  if (!box) return;
  box.focus();
  box.value = box.value.replace(/.-?$/, "");
  box.dispatchEvent(new Event("input", { bubbles: true }));
};

// Of a date no letter, of a reference no 0 and no 1.
const offer = () => {
  const inDate = document.activeElement?.matches?.("[data-date-part]") ?? false;
  for (const key of document.querySelectorAll("[data-letters]")) key.disabled = inDate;
  for (const key of document.querySelectorAll("[data-dates]")) key.disabled = !inDate;
};

document.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".keys")) event.preventDefault(); // the box keeps the focus
});
document.addEventListener("click", (event) => {
  const key = event.target.closest(".keys button");
  if (!key) return;
  if (key.matches("[data-key]")) press(key.dataset.key);
  else if (key.matches("[data-delete]")) erase();
  else if (current()) onwards(current());
});
document.addEventListener("focusin", (event) => {
  if (inBox(event.target)) offer();
});
document.addEventListener("input", (event) => {
  const box = event.target;
  if (!inBox(box)) return;
  if (box === reference()) {
    const code = box.value.includes("#") || box.value.length === 13 ? codeIn(box.value) : "";
    if (code) put(code);
  } else if (box.value.length === box.maxLength) onwards(box);
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-unknown]")) return;
  follow(event.target);
  const box = document.getElementById(event.target.dataset.unknown);
  if (box.disabled) onwards(box);
  else box.focus();
});

// The scanner

const ended = (event) => {
  const box = event.target;
  const code = codeIn(inBox(box) && box === reference() ? box.value : burst);
  burst = "";
  if (!code) {
    if (box === reference() || box?.matches?.("[data-date-part]")) {
      event.preventDefault();
      onwards(box);
    }
    return;
  }
  event.preventDefault();
  if (reference()) {
    if (box !== reference()) for (const each of boxes()) each.value = ""; // it ran into them
    put(code);
  } else {
    typed = null;
    scanned = code;
    document.querySelector(".scanned")?.removeAttribute("hidden");
    dispatchEvent(new Event("scanned"));
  }
};

export const takeCode = (event) => {
  if (event.timeStamp - last > PAUSE_MS) burst = "";
  last = event.timeStamp;
  if (event.key === "Enter") ended(event);
  else if (event.key.length === 1) burst += event.key;
};
