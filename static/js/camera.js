// The webcam into a hidden field: a 3:4 JPEG as a data URL, marked as captured. The shutter has the focus, so Space
// takes the picture, and the form is sent to be measured. A camera that `stays` takes a card, 4:3, and sends nothing.
// One with a button that opens it is off until then, and again after the event `done`.
const LONG = 1600;
const SHORT = 1200;
const QUALITY = 0.92;

const start = (box) => {
  const field = box.parentElement.querySelector(`input[name="${box.dataset.camera}"]`);
  const source = box.parentElement.querySelector(`input[name="${box.dataset.camera}-source"]`);
  const [video, canvas] = [box.querySelector("video"), box.querySelector("canvas")];
  const [shoot, again] = [box.querySelector("[data-shoot]"), box.querySelector("[data-again]")];
  const [cameras, said] = [box.querySelector("[data-cameras]"), box.querySelector("[data-said]")];

  const stays = "stays" in box.dataset;
  const [WIDTH, HEIGHT] = stays ? [LONG, SHORT] : [SHORT, LONG];

  let isFirst = true;

  // Nothing else of the page was chosen yet but what the page itself chose.
  const isAside = () => document.activeElement === document.body || document.activeElement.matches("[type=file], [data-primary], [data-opens], .rail a");

  const live = (on) => {
    video.hidden = shoot.hidden = !on;
    canvas.hidden = again.hidden = on;
  };

  const list = async () => {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    cameras.replaceChildren(...found.map((device) => new Option(device.label, device.deviceId)));
    cameras.hidden = found.length < 2;
  };

  // No picture is taken before the first frame is there: it would be empty.
  const open = async (deviceId) => {
    shoot.disabled = true;
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    const wanted = { height: { ideal: LONG }, facingMode: "environment", ...(deviceId && { deviceId: { exact: deviceId } }) };
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
      await video.play();
      shoot.disabled = video.videoWidth === 0;
      if (isFirst && !shoot.disabled && isAside()) shoot.focus();
      isFirst = false;
      await list();
    } catch (error) {
      if (error.name === "AbortError") return; // it was paused while out of sight, and plays by itself when it is seen
      said.textContent = error.name === "NotAllowedError" ? said.dataset.refused : said.dataset.none;
    }
  };

  // The middle of the picture, as wide as 3:4 allows: what the viewfinder shows.
  const take = () => {
    const width = Math.min(video.videoWidth, (video.videoHeight * WIDTH) / HEIGHT);
    const height = (width * HEIGHT) / WIDTH;
    canvas.width = Math.min(WIDTH, Math.round(width));
    canvas.height = Math.round((canvas.width * HEIGHT) / WIDTH);
    const [x, y] = [(video.videoWidth - width) / 2, (video.videoHeight - height) / 2];
    canvas.getContext("2d").drawImage(video, x, y, width, height, 0, 0, canvas.width, canvas.height);
    field.value = canvas.toDataURL("image/jpeg", QUALITY);
    source.value = "captured";
    said.textContent = said.dataset.taken;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    live(false);
    again.focus();
    if (!stays) field.form.requestSubmit();
  };

  const show = () => {
    if (!field.value.startsWith("data:image/jpeg")) return;
    const kept = new Image();
    kept.addEventListener("load", () => {
      [canvas.width, canvas.height] = [kept.width, kept.height];
      canvas.getContext("2d").drawImage(kept, 0, 0);
      said.textContent = said.dataset.taken;
      live(false);
    });
    kept.src = field.value;
  };

  const repeat = () => {
    field.value = source.value = said.textContent = "";
    live(true);
    shoot.focus();
  };

  video.addEventListener("playing", () => {
    shoot.disabled = video.videoWidth === 0;
  });
  shoot.addEventListener("click", take);
  again.addEventListener("click", repeat);
  field.addEventListener("restored", show);
  cameras.addEventListener("change", () => open(cameras.value));
  box.addEventListener("done", () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    box.hidden = true;
  });
  const begin = () => {
    isFirst = true;
    box.hidden = false;
    live(true);
    open();
  };
  const opener = document.querySelector(`[data-opens="${box.dataset.camera}"]`);
  if (!opener) return begin();
  opener.hidden = false;
  opener.addEventListener("click", begin);
};

if (navigator.mediaDevices) for (const box of document.querySelectorAll("[data-camera]")) start(box);
