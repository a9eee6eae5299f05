/* The colours a person chose on this device. Loaded in the head and not as a module:
   a module runs after the first paint, and the page would flash in the other theme. */
(() => {
  const KEY = "cadence-theme";
  const WORDS = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
  const NEXT = { system: "light", light: "dark", dark: "system" };

  const chosen = () => {
    try {
      return WORDS[localStorage.getItem(KEY)] ? localStorage.getItem(KEY) : "system";
    } catch {
      return "system"; // storage is forbidden in some private windows
    }
  };

  const apply = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.textContent = WORDS[theme];
    }
  };

  apply(chosen());
  document.addEventListener("DOMContentLoaded", () => apply(chosen()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const theme = NEXT[chosen()];
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      /* it then holds until the page is left */
    }
    apply(theme);
  });
})();
