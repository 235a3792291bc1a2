// What the picture with this name shows now, made small: brightness of 32 × 18 places. Null where there is none.
const [name] = arguments;
const video = [...document.querySelectorAll('video')].find((one) => one.getAttribute('aria-label')?.replace(/[\u2066-\u2069]/g, '') === name);
if (!video || video.readyState < 2 || !video.videoWidth) return null;
const canvas = document.createElement('canvas');
[canvas.width, canvas.height] = [32, 18];
const pen = canvas.getContext('2d', { willReadFrequently: true });
pen.drawImage(video, 0, 0, 32, 18);
const { data } = pen.getImageData(0, 0, 32, 18);
return Array.from({ length: 32 * 18 }, (_, at) => Math.round((data[at * 4] + data[at * 4 + 1] + data[at * 4 + 2]) / 3));
