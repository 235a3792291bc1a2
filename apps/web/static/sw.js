// The service worker: the app opens without a network, and a new version replaces the old one whole or not at all.
//
// Files are kept by version, and each page asks for its own version's (`/v/VERSION/…`), so it does not matter which
// version of this worker answers. What opens the app gets the newest version that is whole.
//
// The server fills in the version, a hash over all files, and their names.
const VERSION = '@version@';
const FILES = ['@files@'];

// Not fetched at a first visit but with their first use, of which the page says, or at the next visit. What is here once is
// kept offline like all else: a version gets it where the one before it had it.
const LATER = ['guard_bg.wasm'];

// Not one of the versions' caches: it outlives them.
const KEPT = 'kept';
const NEWEST = '/newest';

const cacheOf = (version) => `casemate-${version}`;

self.addEventListener('install', (event) => event.waitUntil(install()));

async function install() {
  const before = await newest();
  const cache = await caches.open(cacheOf(VERSION));
  const had = await Promise.all(LATER.map((name) => caches.match(`/v/${before}/${name}`, { cacheName: cacheOf(before) })));
  const wanted = FILES.filter((name) => !LATER.includes(name) || had[LATER.indexOf(name)]);
  await Promise.all(wanted.map((name) => add(cache, `/v/${VERSION}/${name}`)));
  await (await caches.open(KEPT)).put(NEWEST, new Response(VERSION));
  // Pages that are open go on with the version that they have: the one before this is kept.
  const needed = [KEPT, cacheOf(VERSION), cacheOf(before)];
  const old = (await caches.keys()).filter((name) => !needed.includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

// A large file that comes straight from the network passes a store of the browser's (Chromium's blobs) that is small where
// the disk has less than some gigabytes left, and then it is cut off. All at once, as bytes, it does not pass there; but
// what was compiled of a program is kept only of one that came straight.
async function add(cache, path) {
  try {
    await cache.add(path);
  } catch {
    const found = await fetch(path);
    if (!found.ok) throw new Error(`${path}: ${found.status}`);
    await cache.put(path, new Response(await found.arrayBuffer(), { headers: found.headers }));
  }
}

// A page used what its version did not have yet, or soon may. What was used is in the browser's own cache, which the server
// need not be asked for; the newest version, which the next load opens, gets it too.
async function used(path) {
  const [, version, name] = /^\/v\/([0-9a-f]{16})\/(.+)$/.exec(path) ?? [];
  if (!LATER.includes(name)) return;
  for (const one of new Set([version, await newest()])) {
    if (!(await caches.has(cacheOf(one)))) continue;
    const cache = await caches.open(cacheOf(one));
    const place = `/v/${one}/${name}`;
    // What cannot be kept now is used again.
    if (!(await cache.match(place))) await add(cache, place).catch(() => {});
  }
}

// Undefined where none is whole yet.
async function newest() {
  return (await caches.match(NEWEST, { cacheName: KEPT }))?.text();
}

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  // What a notification says while no page is open, in the person's language.
  if (event.data?.words) event.waitUntil((keeping = keeping.then(() => keep(event.data.words)).catch(() => {})));
  if (event.data?.used) event.waitUntil(used(String(event.data.used)));
  if (event.data?.come) event.waitUntil(self.skipWaiting());
  if (event.data?.listens) {
    waiting.forEach((click) => event.source?.postMessage(click));
    waiting.clear();
  }
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const version = /^\/v\/([0-9a-f]{16})\//.exec(url.pathname)?.[1];
  // Files of the app only; what has an answer of the server's own (sockets, files of messages) goes past.
  if (version) event.respondWith(kept(version, url.pathname, request));
  else if (url.pathname === '/' || url.pathname === '/i') event.respondWith(opened(request));
});

async function kept(version, path, request) {
  // A cache is not made by looking: that of a version that is gone would stay, empty.
  const found = await caches.match(path, { cacheName: cacheOf(version) });
  return found ?? fetch(request);
}

async function opened(request) {
  const version = await newest();
  return version ? kept(version, `/v/${version}/index.html`, request) : fetch(request);
}

// ---- Notifications ----

const WORDS = '/words';
const ENGLISH = { new: 'New message', open: 'Open Casemate', sounds: true, quiet: null };

// One after the other: each keeps what the one before it said and it does not.
let keeping = Promise.resolve();

// A page that starts knows its language, and not yet what was chosen.
async function keep({ new: one, open, sounds, quiet }) {
  const say = { ...(await words()), new: String(one).slice(0, 100), open: String(open).slice(0, 100) };
  if (sounds !== undefined) {
    say.sounds = sounds !== false;
    say.quiet = Array.isArray(quiet) ? quiet.slice(0, 2).map(Number) : null;
  }
  const cache = await caches.open(KEPT);
  await cache.put(WORDS, new Response(JSON.stringify(say)));
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

// Minutes since midnight; over midnight where the end comes before the beginning.
function isQuiet(hours) {
  if (!hours) return false;
  const [from, to] = hours;
  const now = new Date().getHours() * 60 + new Date().getMinutes();
  return from <= to ? from <= now && now < to : now >= from || now < to;
}

// A push has nothing in it: it says that there is something to fetch. Who looks at the page sees that there. One that merely
// stands somewhere may be locked, and tells of nothing then; if it is not, what it tells takes the place of this.
async function woken() {
  if ((await pages()).some((page) => page.visibilityState === 'visible' && page.focused)) return;
  const say = await words();
  const silent = !say.sounds || isQuiet(say.quiet);
  // One that stays in the list for days takes the next one into itself, which is told as well.
  await self.registration.showNotification(say.new, { body: say.open, tag: 'woken', renotify: !silent, silent, data: {} });
  // Without a number: nobody has counted yet.
  await self.navigator.setAppBadge?.().catch(() => {});
}

self.addEventListener('push', (event) => event.waitUntil(woken()));

// The browser dropped its subscription, or has another one. Only a page can tell the server; where none is open, the next one does.
async function subscriptionChanged() {
  for (const page of await pages()) page.postMessage({ subscription: 'changed' });
}

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscriptionChanged()));

// Marked as read or answered, and no page said yet that it does that: for the one that is opened next, which asks for it.
const waiting = new Set();

// One that the system put to sleep says nothing. Longer, and the browser takes a page that comes to the front for an intrusion.
const PATIENCE_MS = 2_000;

// What a page answers; undefined where it does not in time. `answered` hears of it also later.
function ask(page, question, answered = () => {}) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      answered();
      resolve(data);
    };
    setTimeout(resolve, PATIENCE_MS);
    page.postMessage(question, [port2]);
  });
}

// Where the engine is, by a page's own words: another page has it, this one will once it has started or is unlocked, it is here.
const PLACES = ['elsewhere', 'soon', 'here'];

// The page that is nearest to the engine: as soon as one says that it has it, else when all have answered. Of those that are
// alike, the one that was looked at last.
async function nearest(open) {
  const said = open.map(async (page) => ({ page, place: PLACES.indexOf(await ask(page, { where: true })) }));
  const has = said.map(async (one) => ((await one).place === PLACES.indexOf('here') ? one : Promise.reject(new Error('not here'))));
  return Promise.any(has).catch(async () => (await Promise.all(said)).reduce((best, one) => (one.place > best.place ? one : best)));
}

// To the page that has the engine, else to one that is open, else to a new one; at the message.
async function clicked({ conversation = '', message = '' }, action, reply) {
  const click = { clicked: { conversation, message, action, reply } };
  const isDone = action === 'read' || (action === 'reply' && reply);
  const open = await pages();
  if (open.length === 0) {
    if (isDone) waiting.add(click);
    const at = message ? `/at/${encodeURIComponent(message)}` : '';
    await self.clients.openWindow(conversation ? `/#/chat/${encodeURIComponent(conversation)}${at}` : '/');
    return;
  }
  const { page, place } = await nearest(open);
  const show = () => page.focus?.().catch(() => {});
  if (!isDone) {
    await show();
    return page.postMessage(click);
  }
  // Without being looked at, where the engine runs; else the person sees what it waits for.
  if (PLACES[place] !== 'here') await show();
  if (await ask(page, click, () => waiting.delete(click))) return;
  waiting.add(click);
  await show();
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(clicked(event.notification.data ?? {}, event.action, event.reply ?? undefined));
});
