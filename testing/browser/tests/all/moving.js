// The pixels of the picture with this name, made small: red, green, blue. Null where there is none.
const [name] = arguments;
const named = [...document.querySelectorAll('[aria-label]')].filter((one) => one.getAttribute('aria-label').replace(/[\u2066-\u2069]/g, '') === name);
const shown = named.map((one) => (one.matches('canvas') ? one : one.querySelector('canvas'))).filter((one) => one?.width).at(-1);
if (!shown) return null;
const canvas = document.createElement('canvas');
[canvas.width, canvas.height] = [8, 8];
const pen = canvas.getContext('2d', { willReadFrequently: true });
pen.drawImage(shown, 0, 0, 8, 8);
const { data } = pen.getImageData(0, 0, 8, 8);
return Array.from({ length: 64 }, (_, at) => [...data.slice(at * 4, at * 4 + 3)]).flat();
