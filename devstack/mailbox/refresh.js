// New messages show up by themselves. What has the focus keeps it, as nothing is touched unless something is new.
"use strict";

async function refresh() {
  try {
    const answer = await fetch("/");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = document.querySelector("main");
    const then = page.querySelector("main");
    if (now.innerHTML === then.innerHTML) return;
    const focused = document.activeElement?.getAttribute("href");
    now.replaceWith(then);
    if (focused) document.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
    document.getElementById("count").textContent = page.getElementById("count").textContent;
    document.title = page.title;
  } catch {
    // the service has ended; it may be there again soon
  } finally {
    setTimeout(refresh, 2000);
  }
}

setTimeout(refresh, 2000);
