// What the theme leaves to the mouse and to eyes: everything can be reached by keyboard, is called
// something, and a dialog keeps the focus and gives it back.
"use strict";

(() => {
  const NATIVE = "a[href], button, input, select, textarea, summary, label";
  let toggle = null; // what was pressed last to open something

  // --- Reaching ----------------------------------------------------------------------------

  /** Make what only a click opens a button. */
  function reach(it) {
    if (it.matches(NATIVE) || it.querySelector(NATIVE) || !it.textContent.trim()) return;
    it.setAttribute("role", "button");
    it.tabIndex = 0;
  }

  function press(event) {
    const it = event.target.closest("[role=button][x-on\\:click]");
    if (!it || it !== event.target || !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    it.click();
  }

  /** Close what a click beside it closes, and the sheets that lie over the page. */
  function escape(event) {
    if (event.key !== "Escape" || !window.Alpine || isOpen()) return;
    document.body.click();
    Object.assign(window.Alpine.$data(document.body), {
      filterOpen: false,
      sidebarMobileOpen: false,
    });
    if (toggle && !toggle.contains(document.activeElement)) {
      window.Alpine.nextTick(() => isLost() && toggle.focus());
    }
  }

  const isLost = () => !document.activeElement?.checkVisibility() || document.activeElement === document.body;

  // --- Naming ------------------------------------------------------------------------------

  /** Say what a sign means where that is written somewhere, not what the sign is called. */
  function silence(sign) {
    const control = sign.closest("a, button, [role=button]");
    const around = control ?? sign.parentElement;
    const alone = around.textContent.trim() === sign.textContent.trim();
    if (alone && around.title) {
      around.ariaLabel ??= around.title;
      if (!control) around.role = "img";
    }
    if (!alone || around.ariaLabel) sign.ariaHidden = "true";
  }

  /** Call a choice by its label, and say what is chosen. */
  function nameChoice(select) {
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    const chosen = box?.querySelector(".select2-selection__rendered");
    const label = select.labels[0] ?? select; // within a table its own name is all there is
    if (!chosen) return;
    label.id ||= `${select.id}_label`;
    box.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
    chosen.removeAttribute("role");
    chosen.removeAttribute("aria-readonly");
  }

  function nameSearch({ target: select }) {
    const field = document.querySelector(".select2-container--open .select2-search__field");
    field?.setAttribute("aria-label", select.labels[0]?.textContent.trim() ?? select.ariaLabel);
  }

  /** Begin the words before a value, on a phone, with a capital; the others stay as they are. */
  function begin(cell) {
    const { label } = cell.dataset;
    cell.dataset.label = label.charAt(0).toUpperCase() + label.slice(1);
  }

  function improve() {
    document.getElementById("content")?.setAttribute("role", "main");
    document.querySelectorAll("[data-label]").forEach(begin);
    document.querySelectorAll("[x-on\\:click]").forEach(reach);
    document.querySelectorAll(".material-symbols-outlined").forEach(silence);
    document.querySelectorAll(".select2-hidden-accessible").forEach(nameChoice);
    document.querySelectorAll(".help-tooltip").forEach((it) => it.setAttribute("role", "img"));
  }

  // --- Dialogs -----------------------------------------------------------------------------

  const FIELDS = "input:not([type=hidden]), textarea, select, .day-actions a, button";
  const overlay = () => document.getElementById("modal-overlay");
  const isOpen = () => Boolean(overlay()?.checkVisibility());
  let opener = null;

  function settle() {
    const content = document.getElementById("modal-content");
    const behind = document.getElementById("page");
    if (isOpen() === behind.inert) return;
    behind.inert = isOpen();
    if (isOpen()) {
      content.ariaLabel = content.querySelector("h1")?.textContent.trim() ?? "";
      content.querySelector(FIELDS)?.focus();
    } else {
      opener?.focus();
    }
  }

  function watch() {
    const content = document.getElementById("modal-content");
    if (!overlay() || !content) return;
    content.setAttribute("role", "dialog");
    content.ariaModal = "true";
    new MutationObserver(settle).observe(overlay(), { attributeFilter: ["style"] });
    document.body.addEventListener("htmx:beforeRequest", (event) => {
      if (event.detail.target === content && !isOpen()) opener = document.activeElement;
    });
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (isOpen() && content.contains(event.detail.target)) content.querySelector(FIELDS)?.focus();
    });
  }

  window.addEventListener("load", () => {
    watch();
    // After the theme's and Django's own listeners, which make what is improved here.
    setTimeout(improve);
    window.django?.jQuery?.(document).on("select2:open", nameSearch);
  });
  document.addEventListener("formset:added", () => setTimeout(improve));
  document.addEventListener("keydown", press);
  document.addEventListener("keydown", escape);
  document.addEventListener("click", ({ target }) => {
    toggle = target.closest?.("[role=button], button") ?? toggle;
  });
})();
