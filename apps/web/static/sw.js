// The service worker: the app opens without a network, and a new version replaces the old one whole or not at all.
// The server fills in the version, a hash over all files, and their names.
const CACHE = 'casemate-{version}';
const FILES = ['{files}'];

self.addEventListener('install', (event) => {
  // `reload`: not what the browser's own cache happens to have. The page asks for the switch (see below).
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(FILES.map((name) => new Request('/' + name, { cache: 'reload' })))),
  );
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('casemate-') && name !== CACHE;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  // Said by a page that has not started anything yet. Where another page is open, which has the old version and may
  // still load parts of it, the switch waits.
  if (event.data === 'switch') event.waitUntil(switchIfAlone(event.source));
});

async function switchIfAlone(asking) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.length <= 1) await self.skipWaiting();
  else asking?.postMessage('later');
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  const name = url.pathname === '/' || url.pathname === '/i' ? 'index.html' : url.pathname.slice(1);
  // Files of the app only; what has an answer of the server's own (sockets, files of messages) goes past.
  if (!FILES.includes(name)) return;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match('/' + name)).then((kept) => kept || fetch(event.request)));
});
