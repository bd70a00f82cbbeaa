// A paper's QR code opens this page with the reference after #, which a browser never sends; a receipt's with its code, which
// asks by itself. Either is filled in here and taken out of the address. What was typed comes back once when nothing was found; it stays in this tab and is then gone.
import "./fields.js";

const KEPT = "status";
const form = document.querySelector("[data-status]");
const kept = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);

const askByCode = () => {
  const code = location.hash.slice(1).match(/^[A-Z2-7]{26}$/i);
  if (!code) return;
  form.elements.reference.value = code[0];
  history.replaceState(null, "", location.pathname + location.search);
  form.submit(); // says nothing to those who listen: the code is not kept in this tab
};

const fillScanned = () => {
  const scanned = location.hash.slice(1).match(/^(.{4})(.{4})(.{3})$/);
  if (!scanned) return;
  form.elements.reference.value = scanned.slice(1).join("-").toUpperCase();
  history.replaceState(null, "", location.pathname + location.search);
  form.elements["birth_date-day"].focus();
};

const fillKept = () => {
  for (const [name, value] of JSON.parse(kept)) {
    const box = form.elements[name];
    if (box?.type === "checkbox") box.checked || box.click();
    else if (box) box.value = value;
  }
};

if (form) {
  if (kept && !form.elements.reference.value) fillKept();
  fillScanned();
  askByCode();
  addEventListener("hashchange", fillScanned);
  addEventListener("hashchange", askByCode);
  form.addEventListener("submit", () => sessionStorage.setItem(KEPT, JSON.stringify([...new FormData(form)])));
}
