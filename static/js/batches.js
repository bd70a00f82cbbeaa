// Parts of a page that change by themselves: <… id data-polled="URL">. Asked every two seconds while the page is
// seen, by the ETag of what is there; more and more rarely, up to ten seconds, while nothing changes or nobody answers.
// Each tenth of a batch is said once to a screen reader.
const [SOON_MS, LATE_MS] = [2000, 10000];

const tenths = new Map();
const bars = () => document.querySelectorAll("[data-tenth]");
const learn = (bar) => tenths.set(bar.dataset.batch, Number(bar.dataset.tenth));

const sayTenths = () => {
  const said = [...bars()].filter((bar) => Number(bar.dataset.tenth) > (tenths.get(bar.dataset.batch) ?? -1));
  bars().forEach(learn);
  const region = document.querySelector("[data-tenths]");
  if (said.length && region) region.textContent = said.map((bar) => bar.dataset.say).join(". ");
};

// The focus stays on the link that it was on.
const put = (part, html) => {
  const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.innerHTML = html;
  if (held) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  sayTenths();
};

const watch = (part) => {
  let [tag, pause, timer] = ["", SOON_MS, 0];

  // Whether something is new.
  const ask = async () => {
    const answer = await fetch(part.dataset.polled, { headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 304) return false;
    if (!answer.ok || answer.redirected) throw new Error("no answer");
    const isFirst = !tag;
    tag = answer.headers.get("ETag") ?? "";
    put(part, await answer.text());
    return !isFirst;
  };

  const round = async () => {
    try {
      pause = (await ask()) ? SOON_MS : Math.min(LATE_MS, pause * 1.15);
    } catch {
      pause = Math.min(LATE_MS, pause * 2); // the server is away for a moment
    }
    if (!document.hidden) timer = setTimeout(round, pause);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) [pause, timer] = [SOON_MS, setTimeout(round, 0)];
  });
  timer = setTimeout(round, SOON_MS);
};

bars().forEach(learn);
document.querySelectorAll("[data-polled]").forEach(watch);
