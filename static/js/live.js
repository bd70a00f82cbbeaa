// A region that is fetched again every few seconds: <… id data-live="URL">. Only a changed region is put in place,
// and never one in which somebody is typing or choosing.
const PAUSE_MS = 3000;

const refresh = async (id) => {
  const region = document.getElementById(id);
  if (!region || document.hidden || region.contains(document.activeElement)) return;
  const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  const bare = (element) => element.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
  if (found && bare(found) !== bare(region) && !region.contains(document.activeElement)) region.replaceWith(found);
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
