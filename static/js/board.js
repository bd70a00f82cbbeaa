// The board of a waiting room is asked for again every few seconds; what did not change is not sent again.
const PAUSE_MS = 4000;
let tag = "";

const refresh = async () => {
  const answer = await fetch(location.href, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  if (!answer.ok) return;
  tag = answer.headers.get("ETag") ?? "";
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("called");
  const shown = document.getElementById("called");
  if (found && found.innerHTML !== shown.innerHTML) shown.innerHTML = found.innerHTML;
};

const watch = async () => {
  try {
    await refresh();
  } catch {
    // the server is away for a moment: the last call stays, and the next round asks again
  }
  setTimeout(watch, PAUSE_MS);
};

setTimeout(watch, PAUSE_MS);
