// Keys that come before the scripts of the page are at work: a hand-held scanner does not wait for them. scanner.js takes
// over what was pressed. Enter of a scanner does not send half a form here either.
(() => {
  const keys = [];
  const note = (event) => {
    keys.push({ key: event.key, timeStamp: event.timeStamp, target: event.target, isChord: event.ctrlKey || event.metaKey || event.altKey });
    if (event.key === "Enter" && !event.ctrlKey && event.target.closest?.("[data-scan]")) event.preventDefault();
  };
  document.addEventListener("keydown", note, true);
  window.takeEarlyKeys = () => {
    document.removeEventListener("keydown", note, true);
    return keys;
  };
})();
