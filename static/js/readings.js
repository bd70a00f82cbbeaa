// Reading a document with a hand-held scanner: its Enter goes on to the next line or field instead of sending the form,
// and how fast the characters came says whether a part was scanned or typed. A zone that was scanned whole asks for the
// chip, unless it was asked before.
const FASTEST_HAND_MS = 35;
const WHOLE_ZONES = [72, 88, 90];
const form = document.querySelector("#act");
const chip = document.querySelector("[data-unasked]");
const boxes = [...form?.querySelectorAll("textarea[data-scan], input[name=barcode]") ?? []];

const follow = (box) => {
  const ways = box.dataset.scan ? [...form.querySelectorAll(`input[name="${box.dataset.scan}"]`)] : [];
  let last = 0;
  let quick = 0;
  let slow = 0;

  const pick = (value) => { for (const way of ways) way.checked = way.value === value; };

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1) {
      if (event.timeStamp - last < FASTEST_HAND_MS) quick += 1;
      else slow += 1;
      last = event.timeStamp;
      pick(quick > slow ? "scanner" : "typed");
    } else if (event.key === "Enter" && box.tagName === "INPUT") {
      event.preventDefault();
      boxes[boxes.indexOf(box) + 1]?.focus();
    } else if (event.key === "Enter" && quick > slow && chip && WHOLE_ZONES.includes(box.value.replaceAll(/\s/g, "").length)) {
      event.preventDefault();
      chip.click();
    }
  });
};

for (const box of boxes) follow(box);
