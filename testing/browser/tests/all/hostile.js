// Everything wrong that foreign text could have done to this page, as sentences. `own` is the server's address.
const [own] = arguments;
const wrong = [];
const say = (bad, sentence) => { if (bad) wrong.push(sentence); };

say(location.origin !== own, `the page is at ${location.href}`);
const scripts = [...document.scripts].map((one) => one.getAttribute('src'));
say(scripts.join() !== `${document.documentElement.dataset.files}boot.js`, `scripts: ${scripts}`);
// The one frame of the page is guard's, by the page's own hand.
const guard = `${document.documentElement.dataset.files}guard.html`;
for (const node of document.querySelectorAll('img, iframe, object, embed, base, form[action], style, video, audio, meta[http-equiv]')) {
  const ours = node.localName === 'iframe' && node.getAttribute('src') === guard && !node.hasAttribute('srcdoc');
  say(!ours, `an element: ${node.outerHTML.slice(0, 80)}`);
}
for (const node of document.querySelectorAll('*')) {
  for (const { name } of node.attributes) say(name.startsWith('on'), `a handler: ${node.outerHTML.slice(0, 80)}`);
}
for (const node of document.querySelectorAll('a[href], link[href]')) {
  say(!/^(?:#\/|\/$|\/[^/\\])/.test(node.getAttribute('href')), `an address: ${node.getAttribute('href')}`);
}
const text = document.body.innerText;
say(/[\u202A-\u202E\u2066\u2067\u0000\u001B\u0007]/.test(text), 'a letter that turns text around or is none');
say(/\p{M}{5,}/u.test(text), 'marks upon marks');
const page = document.documentElement;
say(page.scrollWidth > page.clientWidth, `wider than its window: ${page.scrollWidth} > ${page.clientWidth}`);
for (const node of document.querySelectorAll('h1, h2, button, a, bdi, p, small, [role=listitem]')) {
  const place = node.getBoundingClientRect();
  if (node.checkVisibility() && !node.closest('[role=log]') && place.width > 0 && place.right > innerWidth + 1 && place.left < innerWidth) {
    let parent = node.parentElement;
    while (parent && getComputedStyle(parent).overflowX === 'visible') parent = parent.parentElement;
    say(!parent || parent === document.body || parent === page, `drawn outside: ${node.localName} ${node.textContent.slice(0, 30)}`);
  }
}
return [...new Set(wrong)];
