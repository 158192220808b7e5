// Keeps the editor's files, so that it opens without a network. What the pedal says is never kept.
const STORE = "editor-VERSION";
const FILES = ["FILES"];

addEventListener("install", event => {
  event.waitUntil(caches.open(STORE).then(store => store.addAll(["/", "/icon.svg", ...FILES])).then(() => skipWaiting()));
});

addEventListener("activate", event => {
  event.waitUntil(caches.keys()
    .then(names => Promise.all(names.filter(name => name !== STORE).map(name => caches.delete(name))))
    .then(() => clients.claim()));
});

addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/editor/")) {
    event.respondWith(caches.match(event.request).then(kept => kept ?? fetch(event.request)));
  } else if (url.pathname === "/" && event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/")));
  }
});
