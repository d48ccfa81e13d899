// Brings the page up to date by itself. Without it the page works too: it is fetched again now and then, or by hand.
(() => {
  "use strict";
  const longestPause = 60000; // ms between two tries to connect
  let source, pause = 1000, busy = false, missed = false;

  const main = () => document.getElementById("main");
  const live = () => main().hasAttribute("data-live");

  const changed = (field) => {
    if (field.type === "hidden") return false;
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected));
    return field.value !== field.defaultValue;
  };

  // inUse tells whether somebody is at a field or a button, or has filled in something.
  const inUse = (part) =>
    part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, a") ||
    [...part.querySelectorAll("input, select, textarea")].some(changed);

  const lastMoment = (part) => part.querySelector(".progress li:last-child span")?.textContent ?? "";

  function show(page) {
    const was = main(), is = page.getElementById("main");
    if (!is || !was || is.dataset.key === was.dataset.key && inUse(was)) return;
    const asksSomethingElse = is.dataset.key !== was.dataset.key;
    const news = asksSomethingElse ? is.querySelector("h1").textContent : lastMoment(is) !== lastMoment(was) ? lastMoment(is) : "";
    const hadFocus = was.contains(document.activeElement);
    was.replaceWith(document.adoptNode(is));
    document.title = page.title;
    if (news) document.getElementById("news").textContent = news;
    if (hadFocus) main().querySelector("h1").focus({ preventScroll: !asksSomethingElse });
  }

  async function refresh() {
    if (busy) { missed = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the connection is away: when it is back, the page is fetched again */ }
    busy = false;
    if (missed) { missed = false; refresh(); }
    if (!live()) source?.close();
  }

  function connect() {
    if (!live()) return;
    source = new EventSource(location.pathname + "/events?since=" + main().dataset.events);
    source.addEventListener("change", refresh);
    source.onopen = () => { if (pause > 1000) refresh(); pause = 1000; };
    source.onerror = () => {
      pause = Math.min(pause * 2, longestPause);
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, pause); // else it reconnects by itself
    };
  }

  addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && live()) refresh(); });
  connect();
})();
