// A hand-held scanner types fast and ends with Enter. With no field in focus, the burst opens its case.
// Registered before keys.js: characters inside a burst are no shortcuts.
const FASTEST_HAND_MS = 45;
const SHORTEST_CODE = 5;

const search = document.querySelector("[data-search]");
let burst = "";
let last = 0;
let given = null; // the box into which the page put the focus, and what it held

export const inField = (element) => element?.closest("input:not([type=radio], [type=checkbox], [type=file]), select, textarea, canvas, [contenteditable]") != null;

// The focus that a page gives: until a hand types there, a scan is still a scan from anywhere. A box that waits for a
// number has all of it, also what came before the page gave the focus.
export const giveFocus = (element) => {
  element.focus({ preventScroll: Boolean(element.closest(".actions")) }); // that row is always in sight
  if (burst.length > 2 && element.matches("[data-scan] input")) {
    element.value += burst;
    burst = "";
  }
  given = inField(element) && !element.closest("[data-scan]") ? { box: element, held: element.value } : null;
};

// A page that waits for a number takes it; any other opens the case.
const open = (code) => {
  const waiting = [...document.querySelectorAll("[data-scan] input")].find((box) => !box.value && box.offsetParent);
  if (waiting) {
    waiting.value = code;
    waiting.focus();
    waiting.dispatchEvent(new Event("scanned"));
    return;
  }
  search.elements.q.value = code;
  search.elements.scanned.value = "1";
  search.submit();
};

const typed = (event, isGiven) => {
  const quick = event.timeStamp - last < FASTEST_HAND_MS;
  last = event.timeStamp;
  if (event.key === "Enter" && quick && burst.length >= SHORTEST_CODE) {
    event.preventDefault?.();
    if (isGiven) given.box.value = given.held;
    open(burst);
    burst = "";
  } else if (event.key.length === 1) {
    if (isGiven && !quick && burst) given = null;
    burst = quick ? burst + event.key : event.key;
    if (burst.length > 2 && !isGiven) event.preventDefault?.(); // two quick letters may be a hand's
  } else if (event.key !== "Shift") {
    burst = "";
  }
};

if (search) {
  // What was pressed before the scripts were at work has happened: nothing of it can be prevented any more.
  for (const early of window.takeEarlyKeys?.() ?? []) if (!inField(early.target) && !early.isChord) typed(early, false);
  document.addEventListener("keydown", (event) => {
    const isGiven = given?.box === event.target;
    if ((isGiven || !inField(event.target)) && !event.ctrlKey && !event.metaKey && !event.altKey) typed(event, isGiven);
  });
}

// A number scanned into a box made for it ends with Enter too: on to the next box, not away with half a form.
// One that sends what it takes says so, and has a script of its own.
for (const box of document.querySelectorAll("[data-scan]:not([data-scan=sends]) input")) {
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey) return;
    event.preventDefault();
    const boxes = [...box.form.querySelectorAll("input, select, textarea")].filter((each) => each.offsetParent && !each.disabled);
    boxes[boxes.indexOf(box) + 1]?.focus();
  });
}
