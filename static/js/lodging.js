// The lodging form of one document type: only its fields, kinds and statuses; a passport's zone fills what it says.
const box = document.querySelector("[data-needs]");
const PAUSE_MS = 250;

const fieldOf = (form, name) => form.querySelector(`#f-${name}`)?.closest(".field");

// A status or kind that the type does not know cannot be chosen; the only one left is chosen.
const limit = (choices, allowed) => {
  for (const each of choices) {
    each.disabled = Boolean(allowed) && each.value !== "" && !allowed.includes(each.value);
    (each.closest(".choice") ?? each).hidden = each.disabled;
  }
};

const limitSelect = (select, allowed) => {
  limit([...select.options], allowed);
  if (select.selectedOptions[0]?.disabled) select.value = "";
  if (allowed?.length === 1) select.value = allowed[0];
};

const limitRadios = (radios, allowed) => {
  limit(radios, allowed);
  const chosen = radios.find((each) => each.checked);
  if (!chosen || chosen.disabled) {
    const first = radios.find((each) => !each.disabled);
    if (first) first.checked = true;
  }
};

const show = (form, needs, all) => {
  const asked = needs[form.elements.document_type.value];
  limitRadios([...form.querySelectorAll("[name=kind]")], asked?.kinds);
  limitSelect(form.elements.status, asked?.statuses);
  for (const name of all) {
    const field = fieldOf(form, name);
    if (!field) continue;
    const mark = field.querySelector(".optional");
    if (mark) mark.hidden = Boolean(asked?.required.includes(name));
    field.hidden = Boolean(asked?.absent.includes(name)) && !field.classList.contains("wrong");
  }
};

const fill = (form, values) => {
  for (const [name, value] of Object.entries(values)) {
    for (const each of form.querySelectorAll(`[name="${name}"]`)) {
      if (each.type === "radio") each.checked = each.value === value;
      else each.value = value;
      each.dispatchEvent(new Event("input", { bubbles: true }));
      each.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
};

const read = (part, form) => {
  const [zone, wrong, said] = [part.querySelector("textarea"), part.querySelector("[data-wrong]"), part.querySelector("[data-filled]")];
  let timer = 0;

  const ask = async () => {
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("passport_mrz", zone.value);
    const answer = await fetch(part.dataset.passport, { method: "POST", body }).catch(() => null);
    if (!answer || ![200, 422].includes(answer.status)) return;
    wrong.hidden = answer.status === 200;
    said.textContent = answer.status === 200 ? said.dataset.filled : "";
    if (answer.status === 422) {
      wrong.querySelector("span").textContent = await answer.text();
      return;
    }
    fill(form, await answer.json());
    const empty = [...form.querySelectorAll("input:not([type=hidden]), select")].find((each) => !each.value && each.checkVisibility() && zone.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
    empty?.focus();
  };

  // Whole zones have 72, 88 or 90 characters; a scanner ends with Enter.
  zone.addEventListener("input", () => {
    clearTimeout(timer);
    if ([72, 88, 90].includes(zone.value.replaceAll(/\s/g, "").length)) timer = setTimeout(ask, PAUSE_MS);
  });
  zone.addEventListener("change", () => zone.value.trim() && wrong.hidden && !said.textContent && ask());
  const page = part.querySelector("[data-page]");
  if (page) photograph(page, zone, wrong, form);
  part.hidden = false;
};

// The picture goes to be read and nowhere else: not into the form, nor its draft.
const photograph = (page, zone, wrong, form) => {
  const [camera, taken] = [page.querySelector("[data-camera]"), page.querySelector("[name=passport-page]")];
  taken.addEventListener("change", async (event) => {
    event.stopPropagation();
    if (!taken.value) return;
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("passport-page", taken.value);
    taken.value = "";
    const answer = await fetch(page.dataset.page, { method: "POST", body }).catch(() => null);
    const isRead = answer?.status === 200 && !answer.redirected;
    const seen = isRead || answer?.status === 422 ? await answer.text() : page.dataset.failed;
    wrong.hidden = isRead;
    wrong.querySelector("span").textContent = isRead ? "" : seen;
    if (!isRead) return;
    camera.dispatchEvent(new Event("done"));
    zone.value = seen;
    zone.dispatchEvent(new Event("input", { bubbles: true }));
  });
};

if (box) {
  const form = box.querySelector("form");
  const needs = JSON.parse(box.dataset.needs);
  const all = new Set(Object.values(needs).flatMap((each) => [...each.required, ...each.absent]));
  const follow = () => show(form, needs, all);
  form.elements.document_type.addEventListener("change", follow);
  form.elements.document_type.addEventListener("restored", follow);
  follow();
  const passport = box.querySelector("[data-passport]");
  if (passport) read(passport, form);
}
