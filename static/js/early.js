// Keys that come before the scripts of the page are at work: a hand-held scanner does not wait for them. scanner.js takes
// over what was pressed. Enter in a box for scans sends no half form, neither now nor between two scripts.
(() => {
  const keys = [];
  const note = (event) => keys.push({ key: event.key, timeStamp: event.timeStamp, target: event.target, isChord: event.ctrlKey || event.metaKey || event.altKey });
  const hold = (event) => {
    if (event.key === "Enter" && !event.ctrlKey && event.target.closest?.("[data-scan] input")) event.preventDefault();
  };
  document.addEventListener("keydown", note, true);
  document.addEventListener("keydown", hold, true);
  window.takeEarlyKeys = () => {
    document.removeEventListener("keydown", note, true);
    return keys;
  };
})();
