// A form of passkeys: the browser asks the server what to sign, its owner touches the key, the answer is sent with the form.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const asked = async (form) => {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(form.dataset.passkey, { method: "POST", body });
  if (!answer.ok) throw new Error("asked");
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const each of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) each.id = bytes(each.id);
  return options;
};

const written = (credential) => {
  const said = credential.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  if (said.attestationObject) {
    response.attestationObject = text(said.attestationObject);
  } else {
    response.authenticatorData = text(said.authenticatorData);
    response.signature = text(said.signature);
    response.userHandle = said.userHandle ? text(said.userHandle) : null;
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
};

const start = (form) => {
  const refused = form.querySelector("[data-refused]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    refused.hidden = true;
    try {
      const options = await asked(form);
      const use = form.dataset.use === "create" ? navigator.credentials.create : navigator.credentials.get;
      const credential = await use.call(navigator.credentials, { publicKey: options });
      form.elements.credential.value = written(credential);
      delete form.dataset.sent; // it was held back above, and is sent now
      form.requestSubmit();
    } catch {
      delete form.dataset.sent;
      refused.hidden = false;
      refused.focus();
    }
  });
};

for (const form of document.querySelectorAll("form[data-passkey]")) start(form);
