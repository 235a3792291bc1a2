// Answers where `casemate app` once had its page: a service worker from that time takes this for its newer version, and goes.
self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('activate', (event) => event.waitUntil(leave()));

async function leave() {
  const ours = (await caches.keys()).filter((name) => name === 'kept' || name.startsWith('casemate-'));
  await Promise.all(ours.map((name) => caches.delete(name)));
  await self.registration.unregister();
  // A page that it opened is no way to anything any more.
  for (const page of await self.clients.matchAll({ type: 'window' })) await page.navigate(page.url).catch(() => {});
}
