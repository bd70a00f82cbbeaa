// The document is drawn beside the form while one types: the form goes to the server, a PNG comes back.
const PAUSE_MS = 120;

const watch = (figure) => {
  const form = document.getElementById(figure.dataset.form);
  const image = figure.querySelector("img");
  const caption = figure.querySelector("[data-waiting]");
  let timer = 0;
  let asking = null;

  const say = (text) => { if (caption.textContent !== text) caption.textContent = text; };

  const fields = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File || value.length > 5000) data.delete(name);
    return data;
  };

  const show = async (answer) => {
    const picture = URL.createObjectURL(await answer.blob());
    image.addEventListener("load", () => URL.revokeObjectURL(picture), { once: true });
    image.src = picture;
    image.hidden = false;
    say(caption.dataset.shown);
  };

  const draw = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(figure.dataset.preview, { method: "POST", body: fields(), signal: asking.signal });
      if (answer.ok) await show(answer);
      else say(answer.status === 422 ? await answer.text() : caption.dataset.failed);
    } catch (error) {
      if (error.name !== "AbortError") say(caption.dataset.failed);
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, PAUSE_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  draw();
};

for (const figure of document.querySelectorAll("[data-preview]")) watch(figure);
