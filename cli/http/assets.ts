/** The style of the pages: light and dark, a table on wide screens and a card for each server on narrow ones. */
export const PAGE_CSS =
  `:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --line: #c9d1d9; --good: #116329;
  --bad: #a40e26; --warn: #7d4e00; --dim: #57606a; --link: #0550ae; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --line: #3d444d; --good: #56d364;
  --bad: #ff8e86; --warn: #e3b341; --dim: #9ea7b3; --link: #79c0ff; --card: #161b22; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0; }
h3 { font-size: 1rem; margin: .5rem 0 0; }
p { margin: .25rem 0; }
a { color: var(--link); }
a:focus-visible, input:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
small { color: var(--dim); font-size: .85em; display: block; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; margin: .75rem 0; }
nav [aria-current] { font-weight: bold; text-decoration: none; color: var(--text); }
input { font: inherit; padding: .2rem .4rem; max-width: 100%; }
section { border: 1px solid var(--line); border-left-width: 6px; border-radius: 6px; padding: .75rem; margin: 0 0 1rem; }
section.good { border-left-color: var(--good); }
section.warn { border-left-color: var(--warn); }
section.bad { border-left-color: var(--bad); }
.state { font-weight: 600; white-space: nowrap; }
.state.good { color: var(--good); }
.state.bad { color: var(--bad); }
.state.warn { color: var(--warn); }
.state.dim { color: var(--dim); }
#summary { font-weight: 600; }
#stale { color: var(--bad); font-weight: 600; }
.notes { margin: .25rem 0; padding-left: 1.25rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin-top: .5rem; }
thead th:nth-child(1) { width: 18%; }
thead th:nth-child(2) { width: 10.5rem; }
thead th:nth-child(3) { width: 5.5rem; }
thead th:nth-child(4) { width: 20%; }
thead th:nth-child(6) { width: 9rem; }
thead th:nth-child(7) { width: 10rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-top: 1px solid var(--line); }
thead th { color: var(--dim); font-weight: 600; border-top: 0; }
tbody th { font-weight: 400; }
footer { color: var(--dim); margin-top: 1rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
@media (max-width: 60rem) {
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { background: var(--card); border-radius: 6px; padding: .4rem .2rem; margin-top: .5rem; }
  th, td { border: 0; padding: .1rem .6rem; }
  tbody th { font-weight: 600; }
  td { display: grid; grid-template-columns: 7.5rem 1fr; }
  td > * { grid-column: 2; }
  td::before { content: attr(data-label); color: var(--dim); grid-column: 1; grid-row: 1; }
  td:empty { display: none; }
}
`;

/** The icon of the pages: a director and its servers. */
export const ICON_SVG: string =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="none" stroke="#3b82f6" stroke-width="1.5">` +
  `<path d="M4 8h4M8 8l5-5M8 8h5M8 8l5 5"/></g><circle cx="3" cy="8" r="2.5" fill="#3b82f6"/></svg>\n`;

/**
 * The program of the pages: it reads the page again every 2 seconds and changes what differs, so that focus, selection
 * and place stay. If the daemon does not answer, it says so: an old state must not look new.
 */
export const PAGE_JS = `"use strict";
(() => {
  const INTERVAL = 2000;
  const LIMIT = 10000;
  const stale = document.getElementById("stale");
  let answered = new Date();

  function setAttributes(have, want) {
    for (const { name } of [...have.attributes]) if (!want.hasAttribute(name)) have.removeAttribute(name);
    for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }

  function patch(have, want) {
    if (have.nodeType !== Node.ELEMENT_NODE) {
      if (have.data !== want.data) have.data = want.data;
      return;
    }
    if (have.id === "stale" || have.id === "find-label") return;
    setAttributes(have, want);
    const named = new Map([...have.children].filter(({ id }) => id !== "").map((child) => [child.id, child]));
    let next = have.firstChild;
    for (const child of want.childNodes) {
      const known = child.id ? named.get(child.id) : next && !next.id ? next : undefined;
      if (known && known.nodeName === child.nodeName) {
        if (known === next) next = next.nextSibling;
        else have.insertBefore(known, next);
        patch(known, child);
      } else have.insertBefore(document.importNode(child, true), next);
    }
    while (next) {
      const after = next.nextSibling;
      next.remove();
      next = after;
    }
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const focused = document.activeElement;
    document.title = page.title;
    patch(document.body, page.body);
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    answered = new Date();
    stale.hidden = true;
  }

  async function read() {
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(LIMIT) });
      if (!response.ok) throw new Error("status " + response.status);
      show(await response.text());
    } catch (error) {
      const text = "No answer since " + answered.toLocaleTimeString() + ": this state is old.";
      if (stale.textContent !== text) stale.textContent = text;
      stale.hidden = false;
    }
  }

  async function repeat() {
    await read();
    setTimeout(repeat, INTERVAL);
  }

  const find = document.getElementById("find");
  if (find) {
    document.getElementById("find-label").hidden = false;
    find.addEventListener("change", () => {
      const query = new URLSearchParams(location.search);
      query.delete("page");
      if (find.value === "") query.delete("find");
      else query.set("find", find.value);
      location.search = query.toString();
    });
  }
  document.addEventListener("visibilitychange", () => void read());
  setTimeout(repeat, INTERVAL);
})();
`;
