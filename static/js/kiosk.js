// The kiosk: one page that stays. What a link or a form leads to takes its place here, so that the history has one entry,
// nothing of a person is kept anywhere but in this script's memory, and that goes with the page.
import { fill, kept, takeCode } from "./kiosk_keys.js";
import { hush, listen, speak } from "./kiosk_voice.js";
import "./kiosk_walls.js";

const IDLE_MS = 60_000;
const WARNING_MS = 20_000;
const RETRY_MS = 5_000;
const START = document.querySelector("main").dataset.start;

let warning = 0;
let ending = 0;
let busy = false;
let leaving = false;

// Pages

const show = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (leaving) return;
  if (!page.querySelector("main[data-start]")) {
    away();
    return;
  }
  hush();
  document.documentElement.lang = page.documentElement.lang;
  document.documentElement.dir = page.documentElement.dir;
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  scrollTo(0, 0);
  if (!document.querySelector("[data-same], #f-reference")) kept.forget();
  (document.querySelector("#f-reference") ?? document.querySelector("main")).focus({ preventScroll: true });
  fill();
  if (listen()) speak();
  stay();
};

const load = async (address, options = {}) => {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(address, { cache: "no-store", ...options });
    show(await answer.text());
  } catch {
    away();
  } finally {
    busy = false;
  }
};

const away = () => {
  hush();
  document.querySelector("main").replaceChildren(document.querySelector("[data-away]").content.cloneNode(true));
  document.querySelector("body > .actions")?.remove();
  stay();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) {
    event.preventDefault();
    if (link.hash) document.querySelector(link.hash)?.focus();
    else if (link.matches("[data-finish]")) leave();
    else if (link.pathname.startsWith(START)) {
      if (link.matches("[data-again]") || link.pathname === START) kept.clear();
      if (link.pathname === START) leave();
      else load(link.href);
    }
  }
  if (event.target.closest("[data-print]")) print();
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  kept.take(form);
  load(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
});

addEventListener("scanned", () => {
  const asked = document.querySelector("[data-again], [data-same]");
  if (asked) load(asked.href);
  else stay();
});

// Nobody there: warned, then gone. What may be waited for is a finger, a key, or the voice that still speaks.

const stay = () => {
  clearTimeout(warning);
  clearTimeout(ending);
  if (leaving) return;
  document.querySelector("dialog[open]")?.close();
  if (document.querySelector("[data-rests]") && !kept.some()) return;
  warning = setTimeout(() => document.querySelector("dialog")?.showModal(), IDLE_MS - WARNING_MS);
  ending = setTimeout(leave, IDLE_MS);
};

// What is on the page goes at once. The start page is fetched anew, once there is a server: no page of the browser's own
// may stand here.
const leave = async () => {
  if (leaving) return;
  leaving = true;
  clearTimeout(warning);
  clearTimeout(ending);
  hush();
  kept.clear();
  document.querySelectorAll("main, body > .actions").forEach((each) => each.replaceChildren());
  document.querySelector("dialog[open]")?.close();
  for (;;) {
    const answer = await fetch(START, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) break;
    away();
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
  location.replace(START);
};

const warned = () => document.querySelector("dialog[open]") !== null;
const touched = (event) => {
  if (!warned() || event.type !== "pointerdown") stay();
};
for (const kind of ["pointerdown", "click", "keydown", "input", "wheel", "timeupdate"]) {
  document.addEventListener(kind, touched, { capture: true, passive: true });
}
document.addEventListener("keydown", takeCode);
addEventListener("pageshow", (event) => {
  if (event.persisted) leave();
});
fill();
stay();
