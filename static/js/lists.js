// The rows of a list, and the way back to them: which row of which list was opened last, in this tab alone.
const KEPT = "liman.list";

const here = () => location.pathname + location.search;
const linkOf = (row) => row?.querySelector("a, button");

export const rows = () => [...document.querySelectorAll("tr[data-row]")].filter(linkOf);

export const move = (step) => {
  const all = rows();
  const place = all.findIndex((row) => row.contains(document.activeElement));
  linkOf(all[Math.max(0, Math.min(all.length - 1, place + step))])?.focus();
};

const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null");

// The row that was opened last; when it is done and gone, the one that came in its place; else the first.
export const rowToBegin = () => {
  const [list, all] = [kept(), rows()];
  if (list?.address !== here()) return linkOf(all[0]);
  const same = all.find((row) => linkOf(row).getAttribute("href") === list.row);
  return linkOf(same ?? all[Math.min(list.place, all.length - 1)]);
};

// Where Esc goes: what the page names, at the page and filter of that list from which one came; else that list.
export const wayBack = () => {
  const [cancel, list] = [document.querySelector("[data-cancel]")?.href, kept()];
  const isThat = list && (!cancel || new URL(cancel).pathname === list.address.split("?")[0]);
  const back = isThat ? list.address : cancel;
  return back && back !== here() ? back : null;
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("tr[data-row] a");
  if (!link) return;
  const row = link.closest("tr[data-row]");
  const list = { address: here(), row: linkOf(row).getAttribute("href"), place: rows().indexOf(row) };
  sessionStorage.setItem(KEPT, JSON.stringify(list));
});

// Rows that can be ticked: x ticks the row of the focus, Shift and x all of them. While some are, the act on them is the
// main act of the page.
const boxes = () => [...document.querySelectorAll("tr[data-row] input[type=checkbox]")];
export const hasBoxes = () => boxes().length > 0;

const act = document.querySelector("[data-ticked]");
const other = act && document.querySelector("[data-primary]");
const plain = act?.textContent;

const follow = () => {
  if (!act) return;
  const count = boxes().filter((box) => box.checked).length;
  act.textContent = count ? act.dataset.ticked.replace("{}", count) : plain;
  for (const [button, isMain] of [[act, count > 0], [other, count === 0]]) {
    button.classList.toggle("primary", isMain);
    button.toggleAttribute("data-primary", isMain);
  }
};

const set = (box, checked) => {
  box.checked = checked;
  follow();
};

export const tick = () => {
  const box = document.activeElement?.closest("tr[data-row]")?.querySelector("input[type=checkbox]");
  if (box) set(box, !box.checked);
};

export const tickAll = () => {
  const all = boxes();
  const checked = !all.every((box) => box.checked);
  for (const box of all) set(box, checked);
};

document.addEventListener("change", follow);
window.addEventListener("pageshow", follow);
