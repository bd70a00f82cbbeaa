// A signature by finger, pen or mouse into a hidden field: a PNG data URL on a transparent ground.
const INK = "#101c3a";

const start = (box) => {
  const canvas = box.querySelector("canvas");
  const field = box.querySelector("input[type=hidden]");
  const pen = canvas.getContext("2d");
  let drawing = false;

  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    const scale = canvas.width / area.width;
    return [(event.clientX - area.left) * scale, (event.clientY - area.top) * scale];
  };

  const clear = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  };

  const down = (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
    event.preventDefault();
  };

  const line = (event) => {
    if (!drawing) return;
    for (const point of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(...at(point));
    pen.stroke();
  };

  const up = () => {
    if (drawing) {
      field.value = canvas.toDataURL("image/png");
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    drawing = false;
  };

  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: INK });
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", line);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  box.querySelector("[data-clear]").addEventListener("click", clear);

  const show = () => {
    if (!field.value.startsWith("data:image/png")) return;
    const kept = new Image();
    kept.addEventListener("load", () => pen.drawImage(kept, 0, 0));
    kept.src = field.value;
  };

  field.addEventListener("restored", show);
  show();
};

for (const box of document.querySelectorAll("[data-signature]")) start(box);
