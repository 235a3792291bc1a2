// What would keep somebody from using this screen, as sentences: contrast (WCAG 2.2 AA), sizes of what is pressed, ids,
// places for parts of lists and menus, landmarks, labels cut off. Names are asked of the browser's own tree elsewhere.
const wrong = [];
const say = (bad, sentence) => { if (bad) wrong.push(sentence); };
const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const called = (node) => `${node.localName}.${node.className?.baseVal ?? node.className} "${(node.getAttribute('aria-label') ?? node.textContent).trim().slice(0, 40)}"`;
const modal = [...document.querySelectorAll('dialog:modal')].at(-1);
const base = modal ?? document.body;

// ---- Contrast ----

const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const colours = new Map();
function rgba(colour) {
  if (!colours.has(colour)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    colours.set(colour, [r, g, b, a / 255]);
  }
  return colours.get(colour);
}
const over = ([r, g, b, a], [r2, g2, b2]) => [r * a + r2 * (1 - a), g * a + g2 * (1 - a), b * a + b2 * (1 - a), 1];
function behind(node) {
  const layers = [];
  for (let one = node; one; one = one.parentElement) {
    const style = getComputedStyle(one);
    if (style.backgroundImage !== 'none') return null;
    const colour = rgba(style.backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  const ground = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1];
  return layers.reverse().reduce((below, above) => over(above, below), ground);
}
function light([r, g, b]) {
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}
const texts = document.createTreeWalker(base, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  const node = text.parentElement;
  if (!text.data.trim() || !seen(node) || node.closest('[aria-hidden=true], :disabled, [role=log], script, noscript')) continue;
  const style = getComputedStyle(node);
  const ground = behind(node);
  if (!ground) continue;
  let faint = 1;
  for (let one = node; one; one = one.parentElement) faint *= Number(getComputedStyle(one).opacity);
  const [r, g, b, a] = rgba(style.color);
  const ink = over([r, g, b, a * faint], ground);
  const [high, low] = [light(ink), light(ground)].sort((x, y) => y - x);
  const ratio = (high + 0.05) / (low + 0.05);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
  say(ratio < (large ? 3 : 4.5), `contrast ${ratio.toFixed(2)} of ${called(node)}`);
}

// ---- Places and sizes ----

const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
for (const id of ids) say(ids.indexOf(id) !== ids.lastIndexOf(id), `two elements with the id ${id}`);
for (const [part, whole] of [['listitem', 'list'], ['menuitem', 'menu'], ['menuitemcheckbox', 'menu'], ['radio', 'radiogroup'], ['option', 'listbox'], ['tab', 'tablist']]) {
  for (const node of base.querySelectorAll(`[role=${part}]`)) {
    const implicit = whole === 'list' ? ', ul, ol' : '';
    say(!node.closest(`[role=${whole}]${implicit}`), `a ${part} outside of a ${whole}: ${called(node)}`);
  }
}
for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-activedescendant']) {
  for (const node of base.querySelectorAll(`[${name}]`)) {
    for (const id of node.getAttribute(name).split(/\s+/)) say(!document.getElementById(id), `${name} to nothing: ${called(node)}`);
  }
}
say(!document.documentElement.lang, 'no language');
if (!modal) {
  say([...document.querySelectorAll('main, [role=main]')].filter(seen).length > 1, 'two mains');
  say(![...document.querySelectorAll('h1')].some(seen), 'no heading');
}
for (const node of base.querySelectorAll('button, a[href], input, textarea, [role=button], [role=switch], [role=checkbox], [role=radio]')) {
  if (!seen(node) || node.closest('[aria-hidden=true]') || node.type === 'file') continue;
  const place = node.getBoundingClientRect();
  const inline = getComputedStyle(node).display === 'inline' || node.closest('p, .text');
  say(!inline && (place.width < 23.5 || place.height < 23.5), `smaller than 24 px: ${called(node)} ${place.width}×${place.height}`);
  say(node.querySelector('button, a[href], input, textarea'), `something to press inside of something to press: ${called(node)}`);
}

// ---- Labels: what people wrote may be shortened; the app's own words may not ----

const [keys, foreign] = arguments;
const theirs = 'bdi, textarea, input, [dir=auto], .text, [role=log], script, noscript';
const near = 1.5;
const inside = (part, whole, sides) => sides.every((side) => (side === 'left' || side === 'top' ? part[side] >= whole[side] - near : part[side] <= whole[side] + near));
const span = document.createRange();
const own = document.createTreeWalker(base, NodeFilter.SHOW_TEXT);
for (let text = own.nextNode(); text; text = own.nextNode()) {
  const node = text.parentElement;
  if (!/\p{L}/u.test(text.data) || !seen(node) || node.closest(theirs) || node.closest('[aria-hidden=true]')) continue;
  span.selectNodeContents(text);
  const place = span.getBoundingClientRect();
  for (let around = node; around && around !== document.body; around = around.parentElement) {
    const style = getComputedStyle(around);
    if (around.clientWidth === 1 && style.position === 'absolute') break; // for screen readers alone
    const box = around.getBoundingClientRect();
    const pressed = around.matches('button, a[href], [role=tab], [role=radio], [role^=menuitem], dialog');
    const sides = [];
    const keeps = (direction) => pressed || ['hidden', 'clip'].includes(direction);
    if (style.display !== 'inline' && keeps(style.overflowX)) sides.push('left', 'right');
    if (style.display !== 'inline' && ['hidden', 'clip'].includes(style.overflowY)) sides.push('top', 'bottom');
    say(!inside(place, box, sides), `cut off: "${text.data.trim().slice(0, 40)}" in ${called(around)}`);
    if (['auto', 'scroll'].includes(style.overflowX)) break;
  }
}
for (const node of base.querySelectorAll('button, a[href], input, select, textarea')) {
  if (!seen(node) || node.closest('[aria-hidden=true], .chips, [role=tablist], [role=list]')) continue;
  const place = node.getBoundingClientRect();
  say(place.left < -near || place.right > innerWidth + near, `beside the window: ${called(node)}`);
}
// Whoever asked for less movement gets none.
if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
  for (const one of document.getAnimations()) {
    const lasts = Number(one.effect?.getTiming().duration);
    say(one.playState === 'running' && lasts > 0, `moves: ${called(one.effect.target)}`);
  }
}
const ruler = document.createElement('canvas').getContext('2d');
for (const node of base.querySelectorAll('input[placeholder], textarea[placeholder]')) {
  if (!seen(node)) continue;
  const style = getComputedStyle(node);
  ruler.font = style.font;
  const room = node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  say(ruler.measureText(node.placeholder).width > room + 1, `cut off: "${node.placeholder}" in ${called(node)}`);
}
const page = document.documentElement;
say(page.scrollWidth > page.clientWidth, `wider than its window: ${page.scrollWidth} > ${page.clientWidth}`);
for (const node of base.querySelectorAll('.page, .scroll, .dialog, .gate, .messages')) {
  say(seen(node) && node.scrollWidth > node.clientWidth + 1, `scrolls sideways: ${called(node)} ${node.scrollWidth} > ${node.clientWidth}`);
}

// ---- Words ----

// A sentence that is missing shows its key.
const shown = document.body.innerText.match(/(?<![\w.@/-])[a-z]{2,}(?:-[a-z]+){1,}(?![\w.@/-])/g) ?? [];
for (const key of shown.filter((key) => keys.includes(key))) say(true, `no words for ${key}`);
say(page.dir !== (page.lang === 'ar' ? 'rtl' : 'ltr'), `written from the wrong side: ${page.lang} ${page.dir}`);
if (foreign) {
  const whole = new Set(foreign.whole);
  const said = (words, where, people) => {
    const plain = words.replace(/[\u2068\u2069]/g, '').trim();
    if (!plain) return;
    say(whole.has(plain), `in English: "${plain}" ${where}`);
    for (const part of foreign.parts) say(plain.includes(part), `in English: "${plain}" ${where}`);
    if (!foreign.latin || people) return;
    // Values in a sentence are set apart: names, addresses.
    const latin = words.replace(/\u2068[^\u2069]*\u2069/g, '').match(/[A-Za-z]{3,}/g) ?? [];
    for (const word of latin) say(!foreign.latin.includes(word), `not translated: "${word}" in "${plain.slice(0, 60)}" ${where}`);
  };
  const texts = document.createTreeWalker(base, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const node = text.parentElement;
    // A word of a kit may be any, and says that it is English.
    if (!seen(node) || node.closest('script, noscript, style, [role=log], bdi[lang=en]')) continue;
    said(text.data, `in ${called(node)}`, node.closest(`${theirs}, kbd, code, svg, [aria-hidden=true], [lang]:not(html), [dir=ltr]`));
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext']) {
    // In a name may stand what somebody else is called.
    for (const node of base.querySelectorAll(`[${name}]`)) if (seen(node)) said(node.getAttribute(name), `as ${name}`, true);
  }
}
return [...new Set(wrong)];
