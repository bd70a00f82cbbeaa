// No way out of the kiosk that a page can close: keys of the browser, menus, drags, zoom, new windows. What a page cannot
// close is closed by the machine (docs/kiosk.md).
const KEYS = new Set(["Enter", "Tab", "Backspace", "Delete", "Escape", "Shift", "Home", "End", "PageUp", "PageDown",
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "CapsLock", "Unidentified", "Process"]);

const stop = (event) => event.preventDefault();

addEventListener("keydown", (event) => {
  const isChord = event.ctrlKey || event.metaKey || event.altKey;
  if (isChord || (event.key.length !== 1 && !KEYS.has(event.key))) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });
for (const kind of ["contextmenu", "dragstart", "dragover", "drop", "auxclick", "gesturestart", "copy", "cut", "paste"]) {
  addEventListener(kind, stop, { capture: true });
}
addEventListener("wheel", (event) => {
  if (event.ctrlKey) event.preventDefault();
}, { capture: true, passive: false });
addEventListener("touchmove", (event) => {
  if (event.touches.length > 1) event.preventDefault();
}, { capture: true, passive: false });
