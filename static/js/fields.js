// Small helps in forms: date boxes lead on, "unknown" empties its box,
// the MRZ form appears under a name, and a form is sent once.
for (const box of document.querySelectorAll("[data-date-part]")) {
  box.addEventListener("input", () => {
    const boxes = [...box.closest(".date-boxes").querySelectorAll("[data-date-part]")];
    const next = boxes[boxes.indexOf(box) + 1];
    if (box.value.length === box.maxLength && next && !next.disabled) next.focus();
  });
}

for (const tick of document.querySelectorAll("[data-unknown]")) {
  const box = document.getElementById(tick.dataset.unknown);
  const follow = () => {
    box.disabled = tick.checked;
    if (tick.checked) box.value = "";
  };
  tick.addEventListener("change", follow);
  follow();
}

const PAUSE_MS = 150;

for (const box of document.querySelectorAll("[data-mrz]")) {
  const shown = document.getElementById(box.dataset.mrz);
  let timer = 0;
  const show = async () => {
    const body = new FormData();
    body.set("csrf_token", box.form.elements.csrf_token.value);
    body.set("language", box.lang);
    body.set("text", box.value);
    // Who leaves the page while it asks wants no answer any more.
    const answer = await fetch(shown.dataset.url, { method: "POST", body }).catch(() => null);
    if (answer?.ok) shown.textContent = await answer.text();
  };
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE_MS);
  });
  if (box.value) show();
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 3000) event.preventDefault();
    else form.dataset.sent = String(Date.now());
  });
}
