// One box takes every scan at a tray and sends it: a zone only when it is whole, whose lines a scanner ends with Enter each.
// How fast the characters came says whether it was scanned or typed. The word PICTURE of the desk's sheet takes a picture with
// the camera that is open, and every picture is sent.
const FASTEST_HAND_MS = 35;
const SETTLED_MS = 300;
const WHOLE_ZONES = [72, 88, 90];
const LONGEST_ZONE = 90;
const box = document.querySelector("#f-scan");
const form = box?.form;
let [last, quick, slow] = [0, 0, 0];

const compact = () => box.value.replaceAll(/\s/g, "");

// A part of a zone; Enter a second time sends even what can be no zone.
const isHalfZone = () => compact().includes("<") && !WHOLE_ZONES.includes(compact().length) && compact().length < LONGEST_ZONE && !box.value.endsWith(" ");

const shoot = () => {
  const button = form.querySelector("[data-shoot]");
  if (!button || button.disabled || !button.checkVisibility()) return false;
  box.value = "";
  button.click();
  return true;
};

const send = () => {
  if (!compact()) return; // a scanner may end with two
  if (isHalfZone()) {
    box.value += " ";
    return;
  }
  if (compact().toUpperCase() === "PICTURE" && shoot()) return;
  form.elements.how.value = quick > slow ? "scanner" : "typed";
  form.requestSubmit();
};

if (box) {
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      send();
    } else if (event.key.length === 1) {
      if (event.timeStamp - last < FASTEST_HAND_MS) quick += 1;
      else slow += 1;
      last = event.timeStamp;
    }
  });
  box.addEventListener("scanned", () => {
    quick = box.value.length;
    send();
  });
  form.elements["picture-taken"]?.addEventListener("change", () => form.requestSubmit());
  // What a scanner typed before this was at work has lost its Enter.
  quick = box.value.length;
  if (quick) setTimeout(() => performance.now() - last > SETTLED_MS && send(), SETTLED_MS);
}
