// The service worker: the app opens without a network, and a new version replaces the old one whole or not at all.
// The server fills in the version, a hash over all files, and their names.
const CACHE = 'casemate-{version}';
const FILES = ['{files}'];

self.addEventListener('install', (event) => {
  // `no-cache`: what the page has just loaded is asked about, not loaded twice. The page asks for the switch (see below).
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(FILES.map((name) => new Request('/' + name, { cache: 'no-cache' })))),
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
  // Asked by a page that has not started anything yet, and told by it once it will wait for the switch, however long
  // that takes: a page that has gone on meanwhile would get parts of both versions.
  if (event.data === 'when') event.waitUntil(sayWhen(event.source));
  if (event.data === 'switch') event.waitUntil(self.skipWaiting());
  // 'leave', which the old version hears, needs no act: that it was heard makes the browser look whether it can go.
  // What a notification says while no page is open, in the person's language.
  if (event.data?.words) event.waitUntil(keep(event.data.words));
});

// Where another page is open, which has the old version and may still load parts of it, the switch waits.
async function sayWhen(asking) {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  asking?.postMessage(open.length <= 1 ? 'now' : 'later');
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  const name = url.pathname === '/' || url.pathname === '/i' ? 'index.html' : url.pathname.slice(1);
  // Files of the app only; what has an answer of the server's own (sockets, files of messages) goes past.
  if (!FILES.includes(name)) return;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match('/' + name)).then((kept) => kept || fetch(event.request)));
});

// ---- Notifications ----

// Not one of the app's caches: it outlives them.
const KEPT = 'kept';
const WORDS = '/words';
const ENGLISH = { new: 'New message', open: 'Open Casemate' };

async function keep({ new: one, open }) {
  const words = { new: String(one).slice(0, 100), open: String(open).slice(0, 100) };
  const cache = await caches.open(KEPT);
  await cache.put(WORDS, new Response(JSON.stringify(words)));
}

async function words() {
  try {
    const kept = await (await caches.open(KEPT)).match(WORDS);
    return { ...ENGLISH, ...(kept ? await kept.json() : {}) };
  } catch {
    return ENGLISH;
  }
}

function pages() {
  return self.clients.matchAll({ type: 'window', includeUncontrolled: true });
}

// A push has nothing in it: it says that there is something to fetch. Who looks at the page sees that there; a page in
// the background tells by itself, unless the system put it to sleep.
async function woken() {
  if ((await pages()).some((page) => page.visibilityState === 'visible')) return;
  const say = await words();
  await self.registration.showNotification(say.new, { body: say.open, tag: 'woken', silent: false, data: {} });
  // Without a number: nobody has counted yet.
  await self.navigator.setAppBadge?.().catch(() => {});
}

self.addEventListener('push', (event) => event.waitUntil(woken()));

// To the page that is open, else to a new one, at the message.
async function clicked({ conversation = '', message = '' }, action, reply) {
  const open = await pages();
  const page = open.find((one) => one.focused) ?? open[0];
  if (page) {
    // Marked or answered without being looked at.
    if (action !== 'read' && !(action === 'reply' && reply)) await page.focus?.().catch(() => {});
    page.postMessage({ clicked: { conversation, message, action, reply } });
    return;
  }
  const at = message ? `/at/${encodeURIComponent(message)}` : '';
  await self.clients.openWindow(conversation ? `/#/chat/${encodeURIComponent(conversation)}${at}` : '/');
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(clicked(event.notification.data ?? {}, event.action, event.reply ?? undefined));
});
