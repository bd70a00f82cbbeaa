// A region that is fetched again every few seconds: <… id data-live="URL">. Only a changed region is put in place,
// and never one in which somebody is typing or choosing; a link or button there keeps the focus.
import { nameCells } from "./tables.js";

const PAUSE_MS = 3000;

const isBusy = (region) => region.contains(document.activeElement) && !document.activeElement.matches("a, button");

const put = (found, region) => {
  const held = region.contains(document.activeElement) ? document.activeElement : null;
  const said = (element) => [element.tagName, element.getAttribute("href"), element.textContent.trim()].join(" ");
  region.replaceWith(found);
  if (held) [...found.querySelectorAll("a, button")].find((element) => said(element) === said(held))?.focus();
};

const refresh = async (id) => {
  const region = document.getElementById(id);
  if (!region || document.hidden || isBusy(region)) return;
  const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  nameCells(page);
  const found = page.getElementById(id);
  const bare = (element) => element.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
  if (found && bare(found) !== bare(region) && !isBusy(region)) put(found, region);
};

const watch = async (id) => {
  try {
    await refresh(id);
  } catch {
    // the server is away for a moment: the next round asks again
  }
  setTimeout(() => watch(id), PAUSE_MS);
};

for (const region of document.querySelectorAll("[data-live]")) setTimeout(() => watch(region.id), PAUSE_MS);
