// The frame of what is printed: arrows move it, + and - change its size, Enter accepts, the mouse drags it.
const STEP = 12; // pixels of the master; with Shift one, and one step of the width
const SEVENTH = 7; // the width is a multiple of 7, the height 9 sevenths of it: printing.portraits.portrait.Crop

const start = (box) => {
  const number = (name) => Number(box.dataset[name]);
  const [width, height, least] = [number("width"), number("height"), number("least")];
  const most = Math.floor(Math.min(width, (height * SEVENTH) / 9) / SEVENTH) * SEVENTH;
  const crop = { left: number("left"), top: number("top"), across: number("across") };
  const frame = box.querySelector("[data-frame]");
  const fields = Object.entries({ left: "left", top: "top", across: "width" }).map(([key, name]) => [key, document.querySelector(`#f-crop_${name}`)]);
  const said = box.querySelector("[data-said]");
  const format = (value) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value);

  const measures = {
    "print-head": (along) => ((number("chin") - number("crown")) / along) * 100,
    "print-crown": (along) => ((number("crown") - crop.top) / along) * 100,
    "print-centre": () => (number("middle") - crop.left) / crop.across,
  };

  const measure = (along) => {
    for (const row of box.querySelectorAll("[data-measure]")) {
      const value = measures[row.dataset.measure](along);
      const passed = value >= Number(row.dataset.low) && value <= Number(row.dataset.high);
      row.querySelector("[data-value]").textContent = format(value) + row.dataset.unit;
      row.querySelector("[data-passed]").hidden = !passed;
      for (const part of row.querySelectorAll("[data-failed]")) part.hidden = passed;
    }
  };

  const draw = () => {
    const { left, top, across } = crop;
    const along = (across * 9) / SEVENTH;
    box.querySelector("[data-shade]").setAttribute("d", `M0 0H${width}V${height}H0ZM${left} ${top}h${across}v${along}h-${across}Z`);
    box.querySelector("[data-guides]").setAttribute("transform", `translate(${left} ${top}) scale(${across / 700})`);
    box.querySelector("[data-print]").setAttribute("viewBox", `${left} ${top} ${across} ${along}`);
    for (const [key, field] of fields) field.value = crop[key];
    measure(along);
    const values = [...box.querySelectorAll("[data-measure]")].map((row) => `${row.querySelector("[data-criterion]").textContent} ${row.querySelector("[data-value]").textContent}`);
    said.textContent = [said.dataset.words.replace("{left}", left).replace("{top}", top).replace("{width}", across), ...values].join(" ");
  };

  const limited = (value, low, high) => Math.max(low, Math.min(high, Math.round(value)));

  const move = (left, top) => {
    crop.left = limited(left, 0, width - crop.across);
    crop.top = limited(top, 0, height - (crop.across * 9) / SEVENTH);
    draw();
  };

  // About the middle of the frame, so that the face stays where it is.
  const size = (across) => {
    const [x, y] = [crop.left + crop.across / 2, crop.top + (crop.across * 9) / SEVENTH / 2];
    crop.across = limited(across / SEVENTH, least / SEVENTH, most / SEVENTH) * SEVENTH;
    move(x - crop.across / 2, y - (crop.across * 9) / SEVENTH / 2);
  };

  const keys = {
    ArrowLeft: (step) => move(crop.left - step, crop.top),
    ArrowRight: (step) => move(crop.left + step, crop.top),
    ArrowUp: (step) => move(crop.left, crop.top - step),
    ArrowDown: (step) => move(crop.left, crop.top + step),
    "+": (step) => size(crop.across + Math.max(step, SEVENTH)),
    "=": (step) => size(crop.across + Math.max(step, SEVENTH)),
    "-": (step) => size(crop.across - Math.max(step, SEVENTH)),
    Enter: () => document.querySelector("[data-primary]").click(),
  };

  frame.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key](event.shiftKey ? 1 : STEP);
  });

  frame.addEventListener("pointerdown", (event) => {
    const [scale, from] = [width / frame.clientWidth, { ...crop, x: event.clientX, y: event.clientY }];
    const drag = (at) => move(from.left + (at.clientX - from.x) * scale, from.top + (at.clientY - from.y) * scale);
    frame.setPointerCapture(event.pointerId);
    frame.addEventListener("pointermove", drag);
    frame.addEventListener("lostpointercapture", () => frame.removeEventListener("pointermove", drag), { once: true });
  });

  for (const [key, field] of fields) {
    field.addEventListener("change", () => {
      const value = Number(field.value);
      if (key === "across") size(value);
      else move(key === "left" ? value : crop.left, key === "top" ? value : crop.top);
    });
  }
  box.querySelector("[data-keys-help]").hidden = false;
};

for (const box of document.querySelectorAll("[data-crop]")) start(box);
