/* The weekly readings: one row, one form, saved as soon as the row is left.

   <tbody data-row> holds a form (its controls may stand in other cells, by form="its id"),
   the inputs [data-row-input], and a cell [data-row-status] with the words.

   The form is posted by fetch with the header X-Row: 1. The answer is the row again, 200 when
   it was saved and 422 when it was refused; it replaces the row unless somebody is in it again.
   Anything else counts as failed: what was typed stays, and leaving the row tries once more.
   A row with a reading has data-given; an element [data-rows-given] counts them.
   Without script every row has its own button. */

const news = document.createElement("p");
news.className = "visually-hidden";
news.setAttribute("role", "status");
document.body.append(news);

const sending = new WeakSet();
const failed = new WeakSet();

const formOf = (row) => row.querySelector("form");
const controls = (row) => [...formOf(row).elements].filter((each) =>
  each.name && each.matches("input:not([type=hidden], [type=submit], [type=button]), select, textarea"));
const statusOf = (row) => row.querySelector("[data-row-status]");

function isDirty(row) {
  return controls(row).some((each) => {
    if (each.type === "checkbox" || each.type === "radio") return each.checked !== each.defaultChecked;
    if (each.options) return [...each.options].some((option) => option.selected !== option.defaultSelected);
    return each.value !== each.defaultValue;
  });
}

function tell(row, state, words) {
  row.dataset.rowState = state;
  const cell = statusOf(row);
  if (cell) {
    cell.classList.add("row-status");
    cell.textContent = words;
  }
  if (state !== "saving") news.textContent = `${nameOf(row)}: ${words}`;
}

function nameOf(row) {
  const input = row.querySelector("[data-row-input]");
  return input?.getAttribute("aria-label") ?? input?.labels?.[0]?.textContent.trim() ?? "Row";
}

/** The row in an answer; null when the answer holds none, for example a sign-in page. */
function rowIn(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.querySelector("[data-row]");
}

/** What was sent becomes what counts as unchanged; a value typed since stays changed. */
function settle(row, sent) {
  for (const each of controls(row)) {
    if (each.type === "checkbox" || each.type === "radio" || each.options) continue;
    each.defaultValue = sent.get(each.name) ?? each.defaultValue;
  }
}

/** A row that had no reading and has one now counts. */
function count(row, given) {
  const figure = document.querySelector("[data-rows-given]");
  if (figure && given && !("given" in row.dataset)) figure.textContent = Number(figure.textContent) + 1;
  if (given) row.dataset.given = "";
}

async function save(row) {
  if (sending.has(row)) return;
  const form = formOf(row);
  const sent = new FormData(form);
  const typed = JSON.stringify([...sent]);
  sending.add(row);
  failed.delete(row);
  tell(row, "saving", "saving…");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: sent,
      headers: { "X-Row": "1" },
      credentials: "same-origin",
      keepalive: true,
    });
    const fresh = answer.ok || answer.status === 422 ? rowIn(await answer.text()) : null;
    if (!fresh) throw new Error(`answered ${answer.status}`);
    const words = fresh.querySelector("[data-row-status]")?.textContent.trim() || (answer.ok ? "saved" : "refused");
    const busy = row.contains(document.activeElement) || JSON.stringify([...new FormData(form)]) !== typed;
    if (answer.ok) settle(row, sent);
    count(row, "given" in fresh.dataset);
    if (busy) {
      tell(row, answer.ok ? "saved" : "failed", words);
    } else {
      row.replaceWith(fresh);
      window.htmx?.process(fresh);
      news.textContent = `${nameOf(fresh)}: ${words}`;
    }
  } catch {
    failed.add(row);
    tell(row, "failed", "Not saved. What you typed is kept; leave the row to try again.");
  } finally {
    sending.delete(row);
  }
  // Somebody changed the row and left it again while the first save was on its way.
  if (row.isConnected && !failed.has(row) && !row.contains(document.activeElement) && isDirty(row)
      && row.dataset.rowState === "saved") save(row);
}

function move(input, step) {
  const inputs = [...document.querySelectorAll("[data-row-input]")].filter((each) => !each.disabled && each.checkVisibility());
  const next = inputs[inputs.indexOf(input) + step];
  if (!next) {
    const row = input.closest("[data-row]");
    if (step > 0 && isDirty(row)) save(row);
    return;
  }
  next.focus();
  next.select?.();
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("input[data-row-input]") || event.isComposing) return;
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move(input, event.shiftKey ? -step : step);
});

document.addEventListener("focusout", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || !formOf(row) || row.contains(event.relatedTarget)) return;
  if (isDirty(row) || failed.has(row)) save(row);
});

document.addEventListener("submit", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  // A button with a name means something else than "save" ("I don't know yet"): let the page do it.
  if (event.submitter?.name) return;
  event.preventDefault();
  save(row);
});

window.addEventListener("beforeunload", (event) => {
  const open = [...document.querySelectorAll("[data-row]")].some((row) => formOf(row) && isDirty(row));
  if (open) event.preventDefault();
});
