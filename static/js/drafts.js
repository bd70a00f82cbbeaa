// What is typed into a form is kept on the server for the same account, and comes back when the form is opened again.
const PAUSE_MS = 800;
const MOST_AT_THE_END = 60000; // what a browser still sends of a page that is left

const form = document.querySelector("form[data-draft]");
const place = form && new URL(form.action).pathname;
const address = form?.dataset.draft;
let timer = 0;
let isOpen = false; // something was typed since it was kept last
let underWay = null;

const typed = () => {
  const body = new FormData(form);
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
  body.set("place", place);
  return body;
};

const keep = async () => {
  clearTimeout(timer);
  isOpen = false;
  // Without the server one types on: the form itself still has everything.
  underWay = fetch(address, { method: "POST", body: typed() }).catch(() => null);
  await underWay;
  underWay = null;
};

// A draft that is still on its way must not arrive after the form that it is of.
const send = async (event) => {
  clearTimeout(timer);
  isOpen = false;
  if (!underWay || event.defaultPrevented) return;
  event.preventDefault();
  await underWay;
  delete form.dataset.sent;
  form.requestSubmit(event.submitter);
};

const keepAtTheEnd = () => {
  if (!isOpen) return;
  isOpen = false;
  const body = typed();
  const size = [...body.values()].reduce((sum, value) => sum + value.length, 0);
  if (size < MOST_AT_THE_END) fetch(address, { method: "POST", body, keepalive: true }).catch(() => null);
};

const put = (box, values) => {
  if (box.type === "checkbox" || box.type === "radio") box.checked = values.includes(box.value);
  else box.value = values[0] ?? box.value;
  box.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
};

const isTouched = (box) => {
  if (box.type === "checkbox" || box.type === "radio") return box.checked !== box.defaultChecked;
  if (box.options) return box.value !== ([...box.options].find((option) => option.defaultSelected) ?? box.options[0])?.value;
  return box.value !== box.defaultValue;
};

// Who was quicker than this script keeps what is typed now.
const restore = ({ kept_at: keptAt, fields }) => {
  const values = Map.groupBy(fields, ([name]) => name);
  for (const box of form.elements) {
    if (isTouched(box) || !box.name || ["csrf_token", "version", "mark", "draft"].includes(box.name) || ["file", "submit", "fieldset"].includes(box.type)) continue;
    put(box, (values.get(box.name) ?? []).map(([, value]) => value));
  }
  const said = document.querySelector("[data-draft-said]");
  said.querySelector("[data-when]").textContent = keptAt;
  said.hidden = false;
  form.dispatchEvent(new Event("input", { bubbles: true }));
};

const begin = async () => {
  form.elements.draft.value = location.pathname;
  const fresh = "fresh" in form.dataset && (await fetch(`${address}?place=${encodeURIComponent(place)}`).catch(() => null));
  const kept = fresh?.status === 200 && (await fresh.json());
  const wasTouched = [...form.elements].some(isTouched);
  if (kept) restore(kept);
  const note = () => {
    clearTimeout(timer);
    isOpen = true;
    timer = setTimeout(keep, PAUSE_MS);
  };
  form.addEventListener("input", note);
  form.addEventListener("change", note);
  form.addEventListener("submit", send);
  addEventListener("pagehide", keepAtTheEnd);
  if (wasTouched) note();
  document.querySelector("[data-draft-anew]").addEventListener("click", async () => {
    clearTimeout(timer);
    isOpen = false;
    const body = new FormData();
    body.set("place", place);
    body.set("csrf_token", form.elements.csrf_token.value);
    await fetch(`${address}/drop`, { method: "POST", body });
    location.assign(location.href);
  });
};

if (form) begin();
