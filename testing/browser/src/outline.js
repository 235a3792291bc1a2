// What stands on the screen, for a person who reads why a story stopped.
const parts = [];
for (const node of document.querySelectorAll('h1, h2, h3, button, a[href], input, textarea, dialog, [role], p')) {
  if (!node.checkVisibility({ visibilityProperty: true })) continue;
  const role = node.getAttribute('role') ?? node.localName;
  const name = node.getAttribute('aria-label') ?? node.textContent;
  parts.push(`${role} "${name.replace(/\s+/g, ' ').trim().slice(0, 90)}"`);
}
return `${location.href}\n  ${parts.slice(0, 120).join('\n  ')}`;
