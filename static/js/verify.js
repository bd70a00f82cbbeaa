// The QR code of a confirmation opens this page with the code after #, which a browser never sends. It is filled in here,
// taken out of the address, and waits for the button: nobody is counted for what a link opened.
const form = document.querySelector("[data-confirmation]");

const fillScanned = () => {
  const scanned = location.hash.slice(1).match(/^[A-Za-z0-9-]{16,19}$/);
  if (!scanned) return;
  form.elements.code.value = scanned[0].replaceAll("-", "").toUpperCase().match(/.{1,4}/g).join("-");
  history.replaceState(null, "", location.pathname + location.search);
  form.querySelector("button").focus();
};

if (form) {
  fillScanned();
  addEventListener("hashchange", fillScanned);
}

// What the camera took is sent as the picture that one would have chosen.
const camera = document.querySelector("[data-camera=taken]");

camera?.parentElement.querySelector("[name=taken]").addEventListener("change", (event) => {
  camera.querySelector("canvas").toBlob((picture) => {
    const files = new DataTransfer();
    files.items.add(new File([picture], "taken.jpg", { type: picture.type }));
    event.target.form.elements.picture.files = files.files;
    event.target.form.requestSubmit();
  }, "image/jpeg", 0.92);
});
