// Elements with a role whose accessible name is `name`, contains it (a `~` before it), begins with it (`^`), or any
// (empty), inside `root`.
// What cannot be seen or reached is left out. An approximation of the standard's rules for names that is enough for
// our own markup; the accessibility story compares it with the browser's own tree.
const [role, wanted, root] = arguments;

const IMPLICIT = {
  button: 'button, summary, input[type=submit], input[type=button]',
  link: 'a[href]',
  textbox: 'input:not([type]), input[type=text], input[type=url], textarea',
  searchbox: 'input[type=search]',
  password: 'input[type=password]',
  checkbox: 'input[type=checkbox]',
  radio: 'input[type=radio]',
  slider: 'input[type=range]',
  combobox: 'select',
  dialog: 'dialog',
  heading: 'h1, h2, h3, h4',
  list: 'ul, ol',
  listitem: 'li',
  navigation: 'nav',
  main: 'main',
  complementary: 'aside',
  img: 'img',
  progressbar: 'progress',
  status: 'output',
  group: 'fieldset',
  time: 'time',
};

const hidden = (node) => node.closest('[aria-hidden=true], [inert]') !== null;

function text(node, inside) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || (inside && node.getAttribute('aria-hidden') === 'true')) return '';
  if (inside) {
    const label = node.getAttribute('aria-label');
    if (label) return label;
    if (!node.checkVisibility({ visibilityProperty: true })) return '';
  }
  let all = '';
  for (const child of node.childNodes) {
    const block = child.nodeType === Node.ELEMENT_NODE && !getComputedStyle(child).display.startsWith('inline');
    all += block ? ` ${text(child, true)} ` : text(child, true);
  }
  return all;
}

function named(node) {
  // An item of a list is not named by what is in it; here it is known by that all the same.
  if (role === 'listitem') return node.innerText;
  const ids = node.getAttribute('aria-labelledby');
  if (ids) return ids.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean).map((one) => text(one, false)).join(' ');
  const label = node.getAttribute('aria-label');
  if (label) return label;
  if (node.labels?.length) return [...node.labels].map((one) => text(one, false)).join(' ');
  if (['textarea', 'input', 'select'].includes(node.localName)) return node.title || node.placeholder || '';
  if (node.localName === 'img') return node.alt;
  const inner = text(node, false);
  return inner.trim() ? inner : node.title || '';
}

// Without the marks around names that keep their writing direction to themselves.
const short = (name) => name.replace(/[\u2066-\u2069]/g, '').replace(/\s+/g, ' ').trim();
const sought = short(/^[~^]/.test(wanted) ? wanted.slice(1) : wanted);
const fits = wanted === '' ? () => true
  : wanted.startsWith('~') ? (name) => name.includes(sought)
  : wanted.startsWith('^') ? (name) => name.startsWith(sought)
  : (name) => name === sought;

// The one above all others has the focus.
const modals = [...document.querySelectorAll('dialog:modal')];
const modal = modals.find((one) => one.contains(document.activeElement)) ?? modals.at(-1);
const base = root ?? modal ?? document;
const implicit = IMPLICIT[role] ? `:is(${IMPLICIT[role]}):not([role]), ` : '';
const all = [...base.querySelectorAll(`${implicit}[role="${role}"]`)];
if (!root && modal && role === 'dialog') all.push(modal);
return all.filter((node) => !hidden(node) && node.checkVisibility({ visibilityProperty: true }) && fits(short(named(node))));
