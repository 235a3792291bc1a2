// Guard's Worker, twice: the one that others talk to, and inside of it the one that works, which is ended when a file
// takes it too long. Neither has keys or speaks with a server.
//
//   {picture: N, bytes, max}  ->  {picture: N, bitmap, width, height}   (of the whole picture; the bitmap may be smaller)
//   {sound: N, blob, from, length, speed}  ->  {sound: N, samples, channels, total}   (ms; per cent; 48 kHz, a channel after the other)
//   {video: N, blob}          ->  {video: N, blob}           (written anew, for the platform's player)
//   {cut: N, blob, from, to}  ->  {cut: N, blob}             (ms)
//   {code: N, bytes, width, height}  ->  {code: N, text}     (four bytes a pixel; text undefined where there is no code)
//   {inspect: N, blob}        ->  {inspect: N, found: JSON}
//   {strip: N, blob, type}    ->  {strip: N, blob}
//   {list: N, blob}           ->  {list: N, found: JSON}    (a list of what is known to be bad)
//   any of them               ->  {…: N, error: sentence, refused: whether it is guard's own answer}
import init, { code, cut, inspect, list, picture, sound, strip, video } from './guard.js';

const JOBS = ['picture', 'code', 'sound', 'video', 'cut', 'inspect', 'strip', 'list'];
// A picture takes a tenth of a second, on a slow and busy machine a hundred times that. Looking into a large file takes its
// time: 100 ms a MiB, as in the terminal.
const time = (job, message) => (job === 'picture' || job === 'code' ? 10_000 : 15_000 + (message.blob.size / 1048576) * 100);
// Fetching and compiling the decoders, on a slow line.
const STARTING_MS = 60_000;
// What wasm once took it never gives back.
const MOST_MEMORY = 192 * 1024 * 1024;

// What is handed over and not copied.
const heavy = (answer) => [answer.bitmap, answer.samples].filter(Boolean);
const jobOf = (message) => JOBS.find((job) => job in message);
const policy = self.trustedTypes?.createPolicy('casemate-worker', { createScriptURL: (url) => url });

function outside() {
  const waiting = [];
  let inner = null;
  let current = null;
  let timer = 0;

  function start() {
    const script = policy?.createScriptURL('guard-worker.js') ?? 'guard-worker.js';
    const worker = new Worker(script, { type: 'module', name: 'inside' });
    inner = { worker, ready: false };
    worker.onmessage = (event) => {
      if (event.data.ready) {
        inner.ready = true;
        clearTimeout(timer);
        return next();
      }
      const { answer, memory } = event.data;
      if (memory > MOST_MEMORY) stop();
      finish(answer);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail('Looking into this file failed. It may be made to do harm.');
    };
    timer = setTimeout(() => fail('The decoders could not be loaded.'), STARTING_MS);
  }

  function stop() {
    inner?.worker.terminate();
    inner = null;
  }

  function fail(error) {
    stop();
    current ??= waiting.shift();
    if (current) finish({ [current.job]: current.message[current.job], error });
  }

  function finish(answer) {
    clearTimeout(timer);
    current = null;
    self.postMessage(answer, heavy(answer));
    next();
  }

  function next() {
    if (current || waiting.length === 0) return;
    if (!inner) return start();
    if (!inner.ready) return;
    current = waiting.shift();
    const { job, message } = current;
    timer = setTimeout(() => fail('Looking into this file took too long, so it was stopped.'), time(job, message));
    inner.worker.postMessage(message, message.bytes instanceof ArrayBuffer ? [message.bytes] : []);
  }

  self.onmessage = (event) => {
    const job = jobOf(event.data);
    if (!job) return;
    waiting.push({ job, message: event.data });
    next();
  };
}

async function inside() {
  const wasm = await init({ module_or_path: './guard_bg.wasm' });
  const work = {
    picture: async ({ bytes, max }) => {
      const found = picture(new Uint8Array(bytes), max);
      const pixels = new ImageData(new Uint8ClampedArray(found.take_rgba().buffer), found.width, found.height);
      const bitmap = await createImageBitmap(pixels);
      return { bitmap, width: found.full_width, height: found.full_height };
    },
    sound: ({ blob, from, length, speed }) => {
      const found = sound(blob, from, length, speed);
      return { samples: found.take_samples().buffer, channels: found.channels, total: found.total_ms };
    },
    video: ({ blob }) => ({ blob: video(blob) }),
    cut: ({ blob, from, to }) => ({ blob: cut(blob, from, to) }),
    code: ({ bytes, width, height }) => ({ text: code(new Uint8Array(bytes), width, height) }),
    inspect: ({ blob }) => ({ found: inspect(blob) }),
    list: ({ blob }) => ({ found: list(blob) }),
    strip: ({ blob, type }) => ({ blob: strip(blob, type) }),
  };
  self.onmessage = async (event) => {
    const job = jobOf(event.data);
    let answer;
    try {
      answer = await work[job](event.data);
    } catch (error) {
      // Guard's own answers are sentences; everything else is a crash, after which nothing here is to be trusted.
      if (typeof error !== 'string') return void setTimeout(() => { throw error; });
      answer = { error, refused: true };
    }
    answer[job] = event.data[job];
    self.postMessage({ answer, memory: wasm.memory.buffer.byteLength }, heavy(answer));
  };
  self.postMessage({ ready: true });
}

if (self.name === 'inside') inside();
else outside();
