// Asks for the page again and again, and puts what changed in its place: what has the focus or is unfolded stays so.
const pause = 2000, patience = 5000;
const live = document.querySelector("#live");
const button = document.createElement("button");
let isPaused = false, lostAt = "", timer;

function keyOf(node) {
  return node.dataset?.key;
}

function patch(old, now) {
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) {
    old.replaceWith(now);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== now.data) old.data = now.data;
  } else {
    for (const { name, value } of [...now.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes]) if (name !== "open" && !now.hasAttribute(name)) old.removeAttribute(name);
    patchChildren(old, now);
  }
}

function patchChildren(old, now) {
  const wanted = new Set([...now.children].map(keyOf));
  for (const child of [...old.children]) if (keyOf(child) && !wanted.has(keyOf(child))) child.remove();
  const known = new Map([...old.children].filter(keyOf).map(child => [keyOf(child), child]));
  let at = old.firstChild;
  for (const next of [...now.childNodes]) {
    const same = keyOf(next) ? known.get(keyOf(next)) : at && !keyOf(at) ? at : null;
    if (!same) {
      old.insertBefore(next, at);
    } else {
      if (same === at) at = at.nextSibling; else old.insertBefore(same, at);
      patch(same, next);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function say(text) {
  if (live.textContent !== text) live.textContent = text;
}

function show(now) {
  // Another release has another style and script.
  if (now.querySelector("style").textContent !== document.querySelector("style").textContent) return location.reload();
  document.title = now.title;
  patch(document.querySelector("link"), now.querySelector("link"));
  patch(document.querySelector("header p"), now.querySelector("header p"));
  patch(document.querySelector("main"), now.querySelector("main"));
  document.body.classList.remove("lost");
  say(lostAt && "It answers again.");
  lostAt = "";
}

async function look() {
  clearTimeout(timer);
  if (isPaused || document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw new Error(answer.status);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    lostAt ||= document.querySelector("#now").textContent;
    document.title = document.title.replace(/^.* - /, "no answer - ");
    document.body.classList.add("lost");
    say(`No answer since ${lostAt}: what stands here is of then.`);
  }
  timer = setTimeout(look, pause);
}

button.type = "button";
button.textContent = "Pause";
button.addEventListener("click", () => {
  isPaused = !isPaused;
  button.textContent = isPaused ? "Go on" : "Pause";
  look();
});
document.querySelector("nav").append(button);
document.addEventListener("visibilitychange", look);
timer = setTimeout(look, pause);
