// Starts the page: colours first, so that nothing flashes, then the app.
import init from './ui.js';

const root = document.documentElement;
try {
  root.dataset.theme = localStorage.getItem('theme') || 'system';
  root.lang = localStorage.getItem('language') || root.lang;
} catch {
  root.dataset.theme = 'system';
}

// Trusted Types: nothing becomes markup or a script's address but what passes here. The app's own fixed pieces of markup
// are lists of elements that only look like something; whoever brought foreign text this far could not get more out of
// it than these. The scripts are those that the page starts.
const ELEMENTS = 'b|bdi|blockquote|br|canvas|code|dd|div|dl|dt|em|h1|h2|h3|h4|hr|i|kbd|li|ol|p|pre|progress|s|small|span|strong|table|tbody|td|th|thead|time|tr|ul';
const ATTRIBUTES = 'class|role|dir|lang|title|tabindex|hidden|aria-[a-z]+';
const ENTITIES = '&(?:amp|lt|gt|quot|#x?[0-9a-fA-F]{1,6});';
const INERT = new RegExp(`^(?:</?(?:${ELEMENTS})(?: (?:${ATTRIBUTES})(?:="[^"<>]*")?)*/?>|${ENTITIES}|[^<>&])*$`);
const SCRIPTS = [...['engine-worker.js', 'frames-worker.js'].map((name) => root.dataset.files + name), '/sw.js'];
self.trustedTypes?.createPolicy('default', {
  createHTML: (markup) => (INERT.test(markup) ? markup : null),
  createScriptURL: (address) => (SCRIPTS.includes(address) ? address : null),
});

// Some keyboards write an emoji as two halves, one by one. The program hears of it once it is whole: it reads half a letter as
// another one (U+FFFD) and would write that back.
addEventListener('input', (event) => { if (event.target?.value?.isWellFormed?.() === false) event.stopImmediatePropagation(); }, true);

// What few visits need is fetched when it is.
self.loadCall = () => import('./call.js');

// A first visit over a slow network: what can be read and done without the app is shown until it is here. It takes over
// the name that was typed, and takes this away (`screens/app.rs`).
const SLOW_MS = 2_500;
const LANGUAGES = ['de', 'es', 'fr', 'pt', 'ar', 'hi', 'zh'];

async function first() {
  const screen = document.getElementById('first');
  if (!screen || navigator.serviceWorker?.controller) return;
  const wanted = [localStorage.getItem('language') ?? '', ...navigator.languages].map((tag) => tag.split('-')[0].toLowerCase());
  const language = wanted.find((tag) => tag === 'en' || LANGUAGES.includes(tag)) ?? 'en';
  if (language !== 'en') {
    const answer = await fetch(`${root.dataset.files}words/${language}.ftl`);
    const sentences = new Map((await answer.text()).split('\n').map((line) => line.split(/ = (.*)/)));
    for (const said of screen.querySelectorAll('[data-say]')) said.textContent = sentences.get(said.dataset.say) ?? said.textContent;
    root.lang = language;
    root.dir = language === 'ar' ? 'rtl' : 'ltr';
  }
  screen.hidden = false;
  document.getElementById('first-name')?.focus();
}
setTimeout(() => first().catch(() => {}), SLOW_MS);

async function start() {
  try {
    await init({ module_or_path: new URL('./ui_bg.wasm', import.meta.url) });
  } catch (error) {
    const sorry = document.createElement('p');
    sorry.className = 'noscript';
    sorry.setAttribute('role', 'alert');
    sorry.textContent = `Casemate could not start (${error.message}). Nothing was changed. Reload the page; an older browser may need an update.`;
    document.body.append(sorry);
  }
  await lookForNewer();
}

// On a first visit the service worker fetches all there is: not before the app's own first screen has what it waits for.
function stands() {
  const first = document.getElementById('first');
  if (!first || navigator.serviceWorker?.controller) return undefined;
  return new Promise((resolve) => {
    const look = new MutationObserver(() => {
      if (first.isConnected) return;
      look.disconnect();
      resolve();
    });
    look.observe(first.parentNode, { childList: true });
  });
}

// A new version is fetched while the old one runs, and the next load opens it. A page may stay open for weeks: it looks for
// one when somebody comes back to it.
const HOUR_MS = 3_600_000;
// A newer service worker takes over when nothing is being opened: what a page asks for while that happens may go unheard.
const QUIET_MS = 10_000;
async function lookForNewer() {
  // `casemate app` has an origin of its own for each run: what stays behind there would be for the next program with this port.
  if (location.hostname.endsWith('.localhost')) return;
  try {
    await stands();
    const registration = await navigator.serviceWorker?.register('/sw.js');
    const come = () => setTimeout(() => registration.waiting?.postMessage({ come: true }), QUIET_MS);
    registration?.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', come));
    if (registration) come();
    let looked = Date.now();
    document.addEventListener('visibilitychange', () => {
      if (document.hidden || Date.now() - looked < HOUR_MS) return;
      looked = Date.now();
      registration?.update().catch(() => {});
    });
  } catch {
    // Without it the app needs the network to open; all else works.
  }
}

// The decoders are no part of a first visit. Whoever came back may choose their first file where there is no network.
function bringDecoders() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker || navigator.connection?.saveData) return;
  setTimeout(() => worker.postMessage({ used: `${root.dataset.files}guard_bg.wasm` }), QUIET_MS);
}

bringDecoders();
// Not awaited by the module itself: the page counts as loaded meanwhile.
start();
