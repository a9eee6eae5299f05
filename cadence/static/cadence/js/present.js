/* Presenting a deck: a slide at a time by keys, buttons or swipe; F fills the screen.
   Without this script the slides stand below one another and the page scrolls from one to the next. */
const room = document.querySelector("[data-slides]");
const slides = [...room.querySelectorAll(".slide")];
const count = document.querySelector("[data-slides-count]");
const button = (name) => document.querySelector(`[data-slides-${name}]`);
let at = Math.max(0, slides.findIndex((slide) => `#${slide.id}` === location.hash));

function show(place) {
  at = Math.min(Math.max(place, 0), slides.length - 1);
  slides.forEach((slide, i) => { slide.hidden = i !== at; });
  count.textContent = `${at + 1} of ${slides.length}`;
  history.replaceState(null, "", `#${slides[at].id}`);
  button("back").disabled = at === 0;
  button("next").disabled = at === slides.length - 1;
  room.scrollTo(0, 0);
}

function fill() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
}

const keys = {
  ArrowRight: () => show(at + 1), ArrowDown: () => show(at + 1), PageDown: () => show(at + 1), " ": () => show(at + 1),
  ArrowLeft: () => show(at - 1), ArrowUp: () => show(at - 1), PageUp: () => show(at - 1),
  Home: () => show(0), End: () => show(slides.length - 1),
  f: fill, F: fill,
  Escape: () => { if (!document.fullscreenElement) location.assign(button("leave").href); },
};

document.addEventListener("keydown", (event) => {
  // A table that scrolls, or a control, keeps its keys.
  const busy = event.target.closest("a, button, summary, input, [role=region]");
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  if (busy && (event.key === " " || event.key.startsWith("Arrow"))) return;
  event.preventDefault();
  keys[event.key]();
});

let touched = null;
room.addEventListener("touchstart", (event) => { touched = event.changedTouches[0].clientX; }, { passive: true });
room.addEventListener("touchend", (event) => {
  const moved = event.changedTouches[0].clientX - touched;
  if (Math.abs(moved) > 60 && !event.target.closest("[role=region]")) show(at + (moved < 0 ? 1 : -1));
}, { passive: true });

for (const [name, act] of [["back", () => show(at - 1)], ["next", () => show(at + 1)], ["full", fill]]) {
  button(name).hidden = name === "full" && !document.fullscreenEnabled;
  button(name).addEventListener("click", act);
}
document.documentElement.classList.add("one-slide");
show(at);
