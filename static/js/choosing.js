// A long select as a box to type in: code, name in any of our languages or its own, without marks. The select beneath
// keeps the value, and does all of it where there are no scripts.
const MOST_SHOWN = 8;

const folded = (text) => text.normalize("NFKD").toLowerCase().replaceAll(/\p{Mn}/gu, "").replaceAll("ı", "i");

// What fits best is the shortest name with a word for each that was typed: "turk" is Turkey before Turkmenistan.
const rank = (names, typed) => {
  const fits = (words) => typed.every((part) => words.some((word) => word.startsWith(part)));
  return Math.min(...names.filter((name) => fits(name.split(" "))).map((name) => name.length));
};

const start = (part, words) => {
  const select = part.querySelector("select");
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const options = [...select.options].filter((option) => option.value).map((option) => ({ value: option.value, text: option.text, names: [...(words[option.value] ?? "").split("|"), folded(option.text).split(/[^\p{L}]+/u).join(" ")] }));
  let found = [];
  let at = 0;

  const name = () => select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "";

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = () => {
    for (const [place, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(place === at));
    if (found.length) input.setAttribute("aria-activedescendant", list.children[at].id);
  };

  const choose = (value) => {
    select.value = value;
    input.value = name();
    close();
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const look = () => {
    const typed = folded(input.value).split(/[^\p{L}]+/u).filter(Boolean);
    found = typed.length ? options.map((option) => ({ option, fit: rank(option.names, typed) })).filter(({ fit }) => Number.isFinite(fit)).sort((one, other) => one.fit - other.fit).slice(0, MOST_SHOWN).map(({ option }) => option) : [];
    at = 0;
    list.replaceChildren(...found.map((option, place) => Object.assign(document.createElement("li"), { id: `${list.id}-${place}`, role: "option", textContent: option.text })));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    list.scrollIntoView({ block: "nearest" });
    mark();
  };

  // Leaving the box takes what fits best; what fits nothing is nothing.
  const leave = () => {
    if (list.hidden) input.value = input.value.trim() ? name() : (select.value = "");
    else choose(found[at].value);
  };

  const keys = {
    ArrowDown: () => { at = Math.min(at + 1, found.length - 1); mark(); },
    ArrowUp: () => { at = Math.max(at - 1, 0); mark(); },
    Enter: () => choose(found[at].value),
    Escape: () => { input.value = name(); close(); },
  };

  Object.assign(list, { id: `${select.id}-list`, hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", part.querySelector("label").textContent.trim());
  list.className = "choosing";
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off", spellcheck: "false", maxlength: "60", class: "medium" })) input.setAttribute(key, value);
  for (const key of ["aria-describedby", "aria-invalid", "aria-required"]) if (select.hasAttribute(key)) input.setAttribute(key, select.getAttribute(key));
  input.addEventListener("input", (event) => { event.stopPropagation(); look(); });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", leave);
  input.addEventListener("keydown", (event) => {
    if (list.hidden || !(event.key in keys) || event.ctrlKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("li");
    if (item) choose(found[[...list.children].indexOf(item)].value);
  });
  for (const happened of ["change", "restored"]) select.addEventListener(happened, () => { input.value = name(); });

  const isHere = document.activeElement === select;
  // The label and the summary of what is wrong lead to the box that one sees.
  input.id = select.id;
  select.removeAttribute("id");
  select.hidden = true;
  select.after(input, list);
  if (isHere) input.focus();
  input.value = name();
};

const lines = document.querySelector("#nationality-words")?.content.textContent.trim().split("\n") ?? [];
const words = Object.fromEntries(lines.map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)]));
for (const part of document.querySelectorAll("[data-find]")) start(part, words);
