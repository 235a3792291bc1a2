// The script of guard's frame: a document of an origin that nobody else has, which may ask nobody for anything (its headers
// are the server's, `shell/assets.rs`). It takes the decoders and channels from the page around it, and starts the Workers that
// work. It never looks into a file itself.
//
// To the page: {guard: 'here'}. From it: {wasm, ports} once, {ports} later; each channel is somebody who asks (inside.js
// says what), and has a Worker for itself, and another one for what its own camera sees: a decoder that a received picture took over
// would else say which safety number was scanned.
'use strict';

// In seconds. A picture takes a tenth of one, on a slow and busy machine a hundred times that. Looking into a large file takes
// its time: 100 ms a MiB, as in the terminal.
const time = (message) => (message.blob ? 15 + message.blob.size / 10485760 : 10);
const STARTING = 60;
// What wasm once took it never gives back.
const MOST_MEMORY = 192 * 1024 * 1024;
const JOBS = ['picture', 'moving', 'code', 'sound', 'video', 'cut', 'inspect', 'strip', 'list', 'warnings', 'read'];

const policy = self.trustedTypes?.createPolicy('guard', { createScriptURL: (url) => url });
const inside = URL.createObjectURL(new Blob([document.getElementById('inside').textContent], { type: 'text/javascript' }));
let decoders = null;

// Seconds are counted one after the other: when a device wakes, or a tab thaws, every timer that is due runs before the answer
// that came meanwhile, and a single long one would call harmless what was merely asleep.
function after(seconds, act) {
  let left = seconds;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    act();
  }, 1_000);
  return timer;
}

const jobOf = (message) => JOBS.find((job) => job in message);

// Of a message that names several, each Worker would take another one first.
const ofCamera = (message) => JOBS.every((job) => (job in message) === (job === 'code'));

// Nothing else goes to who asked: as an answer to the camera's question, say.
const answers = (answer, message) => JOBS.every((job) => answer?.[job] === message?.[job]);

function serve(port) {
  const received = worker(port);
  const camera = worker(port);
  // The page that asked is gone: the engine's Worker ends with each lock.
  port.onclose = () => {
    received.stop();
    camera.stop();
  };
  port.onmessage = ({ data }) => {
    if (jobOf(data)) (ofCamera(data) ? camera : received).take(data);
  };
}

// A Worker, as soon as there is something to do, and what waits for it.
function worker(port) {
  const waiting = [];
  let worker = null;
  let ready = false;
  let current = null;
  let timer = 0;

  async function start() {
    const mine = new Worker(policy?.createScriptURL(inside) ?? inside);
    worker = mine;
    ready = false;
    timer = after(STARTING, () => fail('started'));
    mine.onmessage = ({ data }) => {
      if (mine !== worker) return;
      if (!ready) {
        ready = true;
        clearInterval(timer);
        return next();
      }
      if (!current) return stop();
      if (!answers(data.answer, current)) return fail('crashed');
      if (data.memory > MOST_MEMORY) stop();
      finish(data.answer);
    };
    mine.onerror = (event) => {
      event.preventDefault();
      if (mine === worker) fail(ready ? 'crashed' : 'started');
    };
    try {
      mine.postMessage({ module: await decoders });
    } catch {
      if (mine === worker) fail('started');
    }
  }

  function stop() {
    worker?.terminate();
    worker = null;
    ready = false;
  }

  // `broke`: how; the page has the words.
  function fail(broke) {
    stop();
    current ??= waiting.shift();
    if (current) finish({ [jobOf(current)]: current[jobOf(current)], error: broke, broke });
  }

  function finish(answer) {
    clearInterval(timer);
    current = null;
    port.postMessage(answer, [answer.bitmap, answer.samples, answer.pixels].filter(Boolean));
    next();
  }

  function next() {
    if (current || waiting.length === 0) return;
    if (!worker) return void start();
    if (!ready) return;
    current = waiting.shift();
    timer = after(time(current), () => fail('too_long'));
    worker.postMessage(current, current.bytes instanceof ArrayBuffer ? [current.bytes] : []);
  }

  function take(message) {
    waiting.push(message);
    next();
  }

  return { take, stop };
}

self.onmessage = (event) => {
  if (event.source !== parent) return;
  decoders ??= WebAssembly.compile(event.data.wasm);
  for (const port of event.ports) serve(port);
};

// Where a browser did not take these walls seriously nothing begins: the page says that the decoders could not be loaded.
if (self.origin === 'null') parent.postMessage({ guard: 'here' }, '*');
