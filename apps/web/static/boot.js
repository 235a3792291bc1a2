// Starts the page: colours first, so that nothing flashes, then the app.
const root = document.documentElement;
try {
  root.dataset.theme = localStorage.getItem('theme') || 'system';
  root.lang = localStorage.getItem('language') || root.lang;
} catch {
  root.dataset.theme = 'system';
}

import init from '/ui.js';

try {
  await init({ module_or_path: '/ui_bg.wasm' });
} catch (error) {
  const sorry = document.createElement('p');
  sorry.className = 'noscript';
  sorry.setAttribute('role', 'alert');
  sorry.textContent = `Casemate could not start (${error.message}). Nothing was changed. Reload the page; an older browser may need an update.`;
  document.body.append(sorry);
}

if ('serviceWorker' in navigator) {
  // A new version waits until now, when nothing is half typed: drafts are kept by the engine.
  navigator.serviceWorker
    .register('/sw.js')
    .then((registration) => registration.waiting?.postMessage('switch'))
    .catch(() => {});
}
