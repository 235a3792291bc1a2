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
for (const [part, whole] of [['listitem', 'list'], ['menuitem', 'menu'], ['radio', 'radiogroup'], ['option', 'listbox'], ['tab', 'tablist']]) {
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

// ---- Labels ----

for (const node of base.querySelectorAll('button, label, h1, h2, h3, a[href] > span, [role=tab], [role=menuitem], [role=radio]')) {
  if (!seen(node) || node.closest('[aria-hidden=true]') || getComputedStyle(node).display === 'inline') continue;
  // What people wrote may be shortened; the app's own words may not.
  if (node.querySelector('bdi') || node.closest('bdi') || node.closest('[role=list]')) continue;
  say(node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1, `cut off: ${called(node)} ${node.scrollWidth} > ${node.clientWidth}`);
}
const page = document.documentElement;
say(page.scrollWidth > page.clientWidth, `wider than its window: ${page.scrollWidth} > ${page.clientWidth}`);
// A sentence that is missing shows its key.
const keys = document.body.innerText.match(/(?<![\w.@/-])[a-z]{2,}(?:-[a-z]+){2,}(?![\w.@/-])/g) ?? [];
for (const key of arguments[0] ? keys.filter((key) => arguments[0].includes(key)) : []) say(true, `no words for ${key}`);
return [...new Set(wrong)];
