/* The clock of a part of the agenda. It informs; it never stops anybody.

   <span class="timer" data-timer data-started-at="2026-11-23T09:35:00+01:00" data-seconds="900">15 min</span>

   Counts down to 0:00 and then up, "2:10 over". Without script the text of the page stays.
   Says aloud, once each and politely, that a minute is left and that the time is up. */

const said = new Set();
let voice;

function say(words) {
  if (!voice) {
    voice = document.createElement("p");
    voice.className = "visually-hidden";
    voice.setAttribute("role", "status");
    document.body.append(voice);
    // A live region that is filled as it is created stays silent.
    setTimeout(() => { voice.textContent = words; }, 200);
    return;
  }
  voice.textContent = words;
}

function clock(seconds) {
  const whole = Math.abs(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function once(timer, what, words) {
  const key = `${timer.dataset.startedAt} ${what}`;
  if (said.has(key)) return;
  said.add(key);
  say(words);
}

function tick() {
  for (const timer of document.querySelectorAll("[data-timer][data-started-at]")) {
    const started = Date.parse(timer.dataset.startedAt);
    const length = Number(timer.dataset.seconds);
    if (Number.isNaN(started) || !(length > 0)) continue;
    const left = Math.ceil(length - (Date.now() - started) / 1000);
    const minutes = Math.round(length / 60);
    timer.classList.toggle("low", left > 0 && left <= 60);
    timer.classList.toggle("over", left <= 0);
    timer.textContent = left > 0 ? `${clock(left)} left of ${minutes} min` : `${clock(left)} over ${minutes} min`;
    if (left <= 0 && left > -5) once(timer, "over", "The time for this part is up.");
    else if (left <= 60 && left > 55) once(timer, "low", "One minute left for this part.");
  }
}

tick();
setInterval(tick, 1000);
