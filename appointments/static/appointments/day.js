// The day view with a mouse and arrow keys. Without this file its links and buttons still work.
//
// One link, the cursor, marks where a click or Enter would book; a card is opened in the theme's
// dialog, and one that is dropped elsewhere leads to the page that confirms the move.
"use strict";

(() => {
  const QUARTER = 15;
  const REFRESH_EVERY = 60_000;
  const DRAG_FROM = 6; // pixels: less is a click with an unsteady hand

  const day = document.getElementById("day");
  if (!day) return;
  const tools = document.getElementById("day-tools");
  const said = document.getElementById("day-said");
  const cursor = Object.assign(document.createElement("a"), { className: "day-cursor" });
  const place = { column: 0, minute: 0 }; // where the cursor stands
  let drag = null;

  const board = () => document.getElementById("day-board");
  const columns = () => [...board().querySelectorAll(".day-column")];
  const number = (name) => Number(board().dataset[name]);
  const tall = () => columns()[0].getBoundingClientRect().height / number("minutes");
  const two = (value) => String(value).padStart(2, "0");
  const clock = (minute) => {
    const at = number("starts") + minute;
    return `${two(Math.floor(at / 60))}:${two(at % 60)}`;
  };

  // --- Booking: the cursor ---------------------------------------------------------------

  function showCursor(index, minute) {
    const all = columns();
    if (!board().dataset.book || !all.length) return;
    place.column = Math.min(Math.max(index, 0), all.length - 1);
    place.minute = Math.min(Math.max(minute, 0), number("minutes") - QUARTER);
    const column = all[place.column];
    const time = clock(place.minute);
    const wish = new URLSearchParams({
      branch: board().dataset.branch,
      staff: column.dataset.staff,
      day: column.dataset.day,
      time,
      back: board().dataset.back,
    });
    cursor.href = `${board().dataset.book}?${wish}`;
    cursor.textContent = `+ ${time}`;
    cursor.setAttribute("aria-label", `${board().dataset.bookWords}: ${column.dataset.name}, ${time}`);
    cursor.style.cssText = `--at:${place.minute};--for:${QUARTER}`;
    if (cursor.parentElement !== column) column.append(cursor);
  }

  function under(event, { offset = 0 } = {}) {
    const all = columns();
    const index = all.findIndex((column) => {
      const box = column.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX < box.right;
    });
    if (index < 0) return null;
    const minutes = (event.clientY - all[index].getBoundingClientRect().top) / tall() - offset;
    return { index, minutes };
  }

  // Somebody's hands are free from any minute on: waiting time seldom begins on a quarter.
  const freed = (column) =>
    [...column.querySelectorAll(".day-hands, .is-buffer, .is-busy")].map(
      ({ style }) => Number(style.getPropertyValue("--at")) + Number(style.getPropertyValue("--for")),
    );

  function point({ index, minutes }) {
    const quarter = Math.floor(minutes / QUARTER) * QUARTER;
    const later = freed(columns()[index]).filter((at) => at > quarter && at <= minutes);
    showCursor(index, Math.max(quarter, ...later));
  }

  const isEmpty = (place) =>
    place.closest(".day-column") && !place.closest(".day-hands, .is-busy, .day-cursor");

  function follow(event) {
    const here = isEmpty(event.target) && under(event);
    if (here) point(here);
  }

  const STEPS = {
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
  };

  function next(minute, down) {
    const stops = freed(columns()[place.column]);
    if (down > 0) {
      const quarter = (Math.floor(minute / QUARTER) + 1) * QUARTER;
      return Math.min(quarter, ...stops.filter((at) => at > minute));
    }
    const quarter = (Math.ceil(minute / QUARTER) - 1) * QUARTER;
    return Math.max(quarter, ...stops.filter((at) => at < minute));
  }

  function step(event) {
    const [sideways, down] = STEPS[event.key];
    const focused = document.activeElement === cursor;
    showCursor(place.column + sideways, down ? next(place.minute, down) : place.minute);
    if (focused) cursor.focus();
    cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
    said.textContent = cursor.getAttribute("aria-label");
    event.preventDefault();
  }

  // --- Moving: dragging a card -----------------------------------------------------------

  function moveTo(card, { staff, date, time }) {
    const wish = new URLSearchParams({ back: board().dataset.back });
    if (time) {
      wish.set("day", date);
      wish.set("time", time);
      wish.set("staff", staff);
    }
    const page = board().dataset.move.replace("/0/change/", `/${card.dataset.pk}/move`);
    window.location.assign(`${page}?${wish}`);
  }

  const start = (card) => {
    const [hour, minute] = card.dataset.start.split(":").map(Number);
    return hour * 60 + minute - number("starts");
  };

  function press(event) {
    const card = event.target.closest(".day-card[data-start]");
    // A finger scrolls; who has only fingers opens the card and moves it from there.
    if (!card || !board().dataset.move || event.button || event.pointerType === "touch") return;
    const grip = under(event).minutes - start(card);
    drag = { card, grip, x: event.clientX, y: event.clientY, ghost: null, target: null };
  }

  function pull(event) {
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG_FROM;
    if (!drag.ghost && !far) return;
    if (!drag.ghost) {
      drag.ghost = drag.card.cloneNode(true);
      drag.ghost.className += " day-ghost";
      drag.ghost.removeAttribute("data-start");
      drag.card.classList.add("day-dragged");
      document.documentElement.classList.add("day-dragging");
      cursor.remove();
    }
    const here = under(event, { offset: drag.grip });
    if (!here) return;
    const column = columns()[here.index];
    const minute = Math.max(0, Math.round(here.minutes / QUARTER) * QUARTER);
    const shift = minute - start(drag.card);
    drag.ghost.querySelectorAll(":scope > *").forEach((part, index) => {
      const at = Number(drag.card.children[index].style.getPropertyValue("--at"));
      part.style.setProperty("--at", at + shift);
    });
    const small = drag.ghost.querySelector("small");
    if (small) small.textContent = clock(minute);
    column.append(drag.ghost);
    drag.target = { staff: column.dataset.staff, date: column.dataset.day, time: clock(minute) };
  }

  function release(event) {
    if (!drag) return;
    const { card, ghost, target } = drag;
    const from = card.closest(".day-column").dataset;
    drag = null;
    if (!ghost) return;
    ghost.remove();
    card.classList.remove("day-dragged");
    document.documentElement.classList.remove("day-dragging");
    // The click that ends a drag must not open the card.
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
    const moved =
      target &&
      (target.time !== card.dataset.start || target.staff !== from.staff || target.date !== from.day);
    if (event.type === "pointerup" && moved) moveTo(card, target);
  }

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  // --- Opening a card --------------------------------------------------------------------

  function open(event) {
    const card = event.target.closest(".day-card");
    const here = !card && isEmpty(event.target) && under(event);
    // A finger touches without having hovered: the cursor is not there yet.
    if (here && board().dataset.book) {
      point(here);
      return cursor.click();
    }
    if (!card || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
    event.preventDefault();
    card.querySelector("a").focus(); // where one is again when the dialog closes
    const page = board().dataset.card.replace("/0/", `/${card.dataset.pk}/`);
    const back = new URLSearchParams({ back: board().dataset.back });
    window.htmx.ajax("GET", `${page}?${back}`, {
      source: said,
      target: "#modal-content",
      select: "#dialog",
      swap: "innerHTML",
    });
  }

  // --- Keys ------------------------------------------------------------------------------

  const KEYS = { Home: "today", PageUp: "previous", PageDown: "next", b: "book", n: "now" };

  function key(event) {
    if (event.key === "Escape" && drag) return release(event);
    const typing = event.target.closest("input, select, textarea, #modal-content");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const card = event.target.closest(".day-card[data-start]");
    if (event.key === "m" && card && board().dataset.move) return moveTo(card, {});
    if (STEPS[event.key] && !event.target.closest(".day-card")) return step(event);
    const link = KEYS[event.key] && day.querySelector(`[data-key="${KEYS[event.key]}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return undefined;
  }

  // --- Staying true ----------------------------------------------------------------------

  const isOpen = () => document.getElementById("modal-content")?.offsetParent;
  const isBusy = () => drag || document.hidden || isOpen() || cursor === document.activeElement;

  async function refresh() {
    if (isBusy()) return;
    const answer = await fetch(day.dataset.address, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok || answer.redirected || isBusy()) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("day-board");
    if (!fresh) return;
    const { scrollLeft, scrollTop } = board();
    const focused = document.activeElement?.closest(".day-card")?.dataset.pk;
    board().replaceWith(fresh);
    fresh.scrollTo(scrollLeft, scrollTop);
    if (focused) fresh.querySelector(`[data-pk="${focused}"] a`)?.focus();
    showCursor(place.column, place.minute);
  }

  function begin() {
    day.classList.add("day-scripted");
    tools.addEventListener("change", () => tools.requestSubmit());
    day.addEventListener("pointermove", follow);
    day.addEventListener("pointerdown", press);
    day.addEventListener("click", open);
    day.addEventListener("dragstart", (event) => event.preventDefault());
    window.addEventListener("pointermove", pull);
    window.addEventListener("pointerup", release);
    window.addEventListener("pointercancel", release);
    document.addEventListener("keydown", key);
    document.addEventListener("visibilitychange", refresh);
    setInterval(refresh, REFRESH_EVERY);
    if (!columns().length) return;
    const line = board().querySelector(".day-now");
    const now = line ? Number(line.style.getPropertyValue("--at")) : 0;
    const today = line ? columns().indexOf(line.parentElement) : 0;
    showCursor(today, Math.ceil(now / QUARTER) * QUARTER);
    if (line) board().scrollTop = Math.max(0, (now - 60) * tall());
  }

  begin();
})();
