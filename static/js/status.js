// The receipt's QR code opens this page with the reference after #, which a browser never sends. It is filled in here and
// taken out of the address. What was typed comes back once when nothing was found; it stays in this tab and is then gone.
import "./fields.js";

const KEPT = "status";
const form = document.querySelector("[data-status]");
const reference = form?.elements.reference;
const scanned = location.hash.slice(1).match(/^[0-9a-z]{11}$/i)?.[0].toUpperCase();
const kept = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);

if (scanned && reference) {
  reference.value = scanned.replace(/(.{4})(.{4})(.{3})/, "$1-$2-$3");
  history.replaceState(null, "", location.pathname + location.search);
  form.elements["birth_date-day"].focus();
} else if (kept && form && !reference.value) {
  for (const [name, value] of JSON.parse(kept)) {
    const box = form.elements[name];
    if (box?.type === "checkbox") box.checked || box.click();
    else if (box) box.value = value;
  }
}

form?.addEventListener("submit", () => sessionStorage.setItem(KEPT, JSON.stringify([...new FormData(form)])));
