/* Shows only the fieldsets that belong to the chosen radio:

   <input type="radio" name="kind" value="reallocate" data-shows="kind-reallocate kind-approval">
   <fieldset id="kind-reallocate">…</fieldset>

   The others are hidden and disabled, so that what was typed into them is not sent.
   Without script all of them show, each under its own legend; so none may have `required` controls. */

function radiosOf(radio) {
  const scope = radio.form ?? document;
  return [...scope.querySelectorAll(`input[type=radio][name="${CSS.escape(radio.name)}"]`)];
}

function show(radio) {
  const radios = radiosOf(radio);
  const ids = (each) => (each.dataset.shows ?? "").split(/\s+/).filter(Boolean);
  const wanted = new Set(radios.filter((each) => each.checked).flatMap(ids));
  for (const id of new Set(radios.flatMap(ids))) {
    const part = document.getElementById(id);
    if (!part) continue;
    part.hidden = !wanted.has(id);
    part.disabled = part.hidden;
  }
}

function showAll() {
  const names = new Set();
  for (const radio of document.querySelectorAll("input[type=radio][data-shows]")) {
    const key = `${radio.form?.id ?? ""} ${radio.name}`;
    if (radio.form?.id && names.has(key)) continue;
    names.add(key);
    show(radio);
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("input[type=radio]")) show(event.target);
});
document.addEventListener("htmx:afterSettle", showAll);
window.addEventListener("pageshow", showAll); // the back button restores the choice after load
showAll();
