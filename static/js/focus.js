// Every page begins with the focus on the first thing to do there: what is wrong, what the page names, the first box of
// its form, the row of its list, its main act, its first link; a page with nothing to do leads to the search.
import { rowToBegin } from "./lists.js";
import { giveFocus } from "./scanner.js";

const BOXES = "input:not([type=hidden]), select, textarea, canvas[tabindex]";
const work = document.querySelector("#work");
const primary = work?.querySelector("[data-primary]");
const isUsable = (element) => element && !element.disabled && element.checkVisibility();

// Of radio buttons the chosen one has the focus, as Tab would find it.
const firstBox = () => {
  const boxes = [...(primary?.form?.elements ?? [])].filter((box) => box.matches(BOXES) && isUsable(box));
  const first = boxes[0] ?? [...(primary?.form?.querySelectorAll("canvas[tabindex]") ?? [])].find(isUsable);
  return boxes.find((box) => box.type === "radio" && box.name === first.name && box.checked) ?? first;
};

const candidates = [
  () => document.querySelector("[data-focus]"),
  () => document.querySelector("[autofocus]"),
  firstBox,
  rowToBegin,
  () => primary,
  () => [...(work?.querySelectorAll("a[href], button, input:not([type=hidden]), select") ?? [])].find(isUsable),
  () => document.querySelector("#search"),
  () => document.querySelector(".rail a"),
];

// Of a long rail one sees where one is.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

if (!location.hash) {
  for (const find of candidates) {
    const found = find();
    if (isUsable(found)) {
      giveFocus(found);
      break;
    }
  }
}

// The card beside the work may be longer than the window: it is then scrolled by keyboard, too.
const card = document.querySelector(".aside .stays");
if (card && card.scrollHeight > card.clientHeight) card.tabIndex = 0;
