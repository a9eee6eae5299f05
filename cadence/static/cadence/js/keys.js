/* Keys of a single letter: j and k walk the [data-item]s of a page, or follow its a[data-next] and
   a[data-previous] where one thing fills the screen, g and a letter follow the link with that data-key, t opens and closes the
   details[data-figures] of charts, ? opens the list of keys. Ignored while somebody types,
   and they can be switched off in that list (WCAG 2.1.4). */

const KEY = "cadence-keys";
const help = document.getElementById("keyboard-help");
const toggle = help?.querySelector("[data-keys-switch]");
let afterG = 0;

function stored() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

function typing(target) {
  return target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
}

function focusable(item) {
  return item.matches("a, button, input, [tabindex]") ? item : item.querySelector("a, button, input, select, textarea, [tabindex]");
}

function walk(step) {
  if (document.querySelector("main :is(a[data-next], a[data-previous])")) {
    document.querySelector(`main a[data-${step > 0 ? "next" : "previous"}]`)?.click();
    return;
  }
  const items = [...document.querySelectorAll("main [data-item]")].filter((item) => item.checkVisibility() && focusable(item));
  if (!items.length) return;
  const here = items.findIndex((item) => item.contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : items.length - 1) : here + step;
  focusable(items[Math.max(0, Math.min(items.length - 1, next))]).focus();
}

function tables() {
  return [...document.querySelectorAll("details[data-figures]")];
}

function turnTables() {
  const open = !tables().some((one) => one.open);
  for (const one of tables()) one.open = open;
}

function openHelp() {
  if (!help || help.open) return;
  document.querySelector("[popover]:popover-open")?.hidePopover();
  help.showModal();
}

document.addEventListener("keydown", (event) => {
  if (!stored() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || help?.open) return;
  if (event.timeStamp - afterG < 1500 && afterG) {
    afterG = 0;
    const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (event.key === "g") afterG = event.timeStamp;
  else if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else if (event.key === "?") openHelp();
  else if (event.key === "t" && tables().length) turnTables();
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-keys-help]")) {
  button.hidden = false;
  button.addEventListener("click", openHelp);
}

if (toggle) {
  toggle.checked = stored();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, toggle.checked ? "on" : "off");
    } catch {
      /* storage is forbidden: the keys stay on */
    }
  });
}
