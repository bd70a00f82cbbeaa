// The page read aloud, sentence by sentence. Nothing is said before somebody touched the button; from then on each page
// of theirs speaks by itself, until they touch it again.
let wanted = false;
let now = null;

const PAUSE_MS = 350;
const mark = () => document.querySelector("[data-listen]")?.setAttribute("aria-pressed", String(wanted));

export const listen = () => {
  mark();
  return wanted;
};

export const hush = () => {
  now?.pause();
  now = null;
};

export const speak = () => {
  hush();
  const queue = [...document.querySelectorAll("main audio")];
  const next = () => {
    now = queue.shift() ?? null;
    if (!now) return;
    const said = now;
    said.currentTime = 0;
    said.onended = () => setTimeout(() => now === said && next(), PAUSE_MS);
    said.play().catch(() => {}); // without a loudspeaker, or before a touch: the text is there
  };
  next();
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-listen]")) return;
  wanted = !wanted;
  mark();
  if (wanted) speak();
  else hush();
});
