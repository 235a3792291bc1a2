// The engine's Worker: loads the engine and gives it what only a script can reach. See src/browser/page.rs for what the
// page says to it and hears from it.
import init, { EngineWorker } from './engine.js';

const STORE = 'key';

// How long to wait for a page that is closing before it counts as one that is open.
const LOCK_MS = 1_500;

// One object in IndexedDB.
function store(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('casemate', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => { database.close(); resolve(request.result); };
      transaction.onabort = () => { database.close(); reject(transaction.error); };
    };
  });
}

let release = null;

const host = {
  post: (message) => self.postMessage(message),
  load: () => store('readonly', (records) => records.get(STORE)),
  save: (record) => store('readwrite', (records) => records.put(record, STORE)),
  forget: () => store('readwrite', (records) => records.delete(STORE)),
  wrap: async (view) => {
    // A copy: the bytes lie in the engine's memory, which may move meanwhile.
    const bytes = view.slice();
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes);
    bytes.fill(0);
    return { key, iv, sealed };
  },
  unwrap: async ({ key, iv, sealed }) =>
    new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed)),
  // Waits a moment: a page that is reloaded keeps its lock a little longer than itself.
  lock: () => new Promise((resolve, reject) => {
    const held = () => new Promise((end) => { release = end; resolve(true); });
    navigator.locks.request('casemate-engine', { signal: AbortSignal.timeout(LOCK_MS) }, held)
      .catch((error) => (error.name === 'TimeoutError' ? resolve(false) : reject(error)));
  }),
  unlock: () => { release?.(); release = null; },
  // A channel to guard, which the page has in a frame of its own.
  guard: () => {
    const { port1, port2 } = new MessageChannel();
    self.postMessage({ guard: port2 }, [port2]);
    return port1;
  },
};

function failed(error) {
  const message = `Casemate stopped (${error?.message ?? error}). Reload the page; nothing that was stored is lost.`;
  self.postMessage({ failed: { kind: 'invalid', message } });
}

// A panic in the engine ends up here: what it held is on disk, and the page starts another Worker.
self.addEventListener('error', (event) => failed(event.error ?? event.message));
self.addEventListener('unhandledrejection', (event) => failed(event.reason));

// ---- The rest of the engine: what a first visit does not run ----

const REST = './engine_rest.wasm';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

let first = null;
let rest = null;

// It puts itself into the first part's table.
function put(module) {
  rest ??= new WebAssembly.Instance(module, { first });
}

// What the first part calls where it wants something of the rest that has not come yet.
self.loadRest = () => {
  const request = new XMLHttpRequest();
  request.open('GET', REST, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`${REST}: ${request.status}`);
  put(new WebAssembly.Module(request.response));
};

// Who was here before has it in the browser's cache, and starts with it: what they have there may need it at once.
async function kept() {
  const found = await self.caches?.match(new URL(REST, import.meta.url));
  return found && WebAssembly.compileStreaming(fetch(REST));
}
const comes = kept().catch(() => undefined);

// Asks again, later each time: without it the engine ends at the first thing that wants it.
function fetchRest(wait) {
  if (rest) return;
  const again = () => setTimeout(fetchRest, wait, Math.min(2 * wait, LONGEST_WAIT_MS));
  WebAssembly.compileStreaming(fetch(REST)).then(put).catch(again);
}

const engine = init({ module_or_path: './engine_bg.wasm' }).then(async (exports) => {
  first = exports;
  const module = await comes;
  if (module) put(module);
  else fetchRest(FIRST_WAIT_MS);
  return new EngineWorker(host);
});
self.onmessage = async (event) => (await engine).hear(event.data);
