// Ends when the screen stands still: nothing moves but what moves for ever, and nothing was drawn anew for some frames.
const done = arguments[0];
const FRAMES = 4;
const LONGEST_MS = 15_000;
const began = performance.now();
let quiet = 0;
const watch = new MutationObserver(() => { quiet = 0; });
watch.observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['style', 'class', 'disabled', 'aria-busy'] });
const ended = (one) => one.playState !== 'running' || one.effect?.getTiming().iterations === Infinity;
const look = () => {
  quiet += 1;
  if (!document.getAnimations().every(ended)) quiet = 0;
  const late = performance.now() - began > LONGEST_MS;
  if (quiet < FRAMES && !late) return requestAnimationFrame(look);
  watch.disconnect();
  done(quiet >= FRAMES);
};
requestAnimationFrame(look);
