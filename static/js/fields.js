// Small helps in forms: the summary takes the focus, date boxes lead on, "unknown" empties its box,
// the MRZ form appears under a name, and a form is sent once.
document.querySelector("[data-focus]")?.focus();

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

// Only a picture of what the server will derive (Doc 9303-3 section 6): the server's own transliteration decides.
const EXPANDED = { Æ: "AE", Œ: "OE", Ø: "OE", Å: "AA", Ä: "AE", Ö: "OE", Ü: "UE", ß: "SS", ẞ: "SS", Þ: "TH", Ð: "D", Ł: "L", Đ: "D", Ñ: "N", Ħ: "H", ı: "I", İ: "I" };
const mrz = (text) =>
  [...text.normalize("NFC").toUpperCase()]
    .map((letter) => EXPANDED[letter] ?? letter)
    .join("")
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’]/g, "")
    .replace(/[\s-]+/g, "<")
    .replace(/[^A-Z<]/g, "")
    .replace(/^<+|<+$/g, "");

for (const box of document.querySelectorAll("[data-mrz]")) {
  const shown = document.getElementById(box.dataset.mrz);
  const show = () => { shown.textContent = mrz(box.value); };
  box.addEventListener("input", show);
  show();
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 3000) event.preventDefault();
    else form.dataset.sent = String(Date.now());
  });
}
