// What works: guard in a Worker of the frame (guard.html), without a network, storage, keys or anybody to speak with but the
// frame's script (frame.js), which ends it when a file takes too long.
//
//   {module}                  first: what the frame compiled
//   {picture: N, bytes, max}  ->  {picture: N, bitmap, width, height, frames}   (of the whole picture; the bitmap may be smaller)
//   {moving: N, of, blob, max, from}  ->  {moving: N, from, ends, width, height, delays, pixels}   (frames of a picture from a number
//                                        on; `of` is whoever plays it, for whom it stays open)
//   {moving: N, of}           ->  {moving: N}               (closed)
//   {sound: N, blob, from, length, speed}  ->  {sound: N, samples, channels, total}   (ms; per cent; 48 kHz, a channel after the other)
//   {video: N, blob}          ->  {video: N, blob}           (written anew, for the platform's player)
//   {cut: N, blob, from, to}  ->  {cut: N, blob, begins}     (ms)
//   {code: N, bytes, width, height}  ->  {code: N, text}     (four bytes a pixel; text undefined where there is no code)
//   {inspect: N, blob}        ->  {inspect: N, found: JSON}
//   {read: N, blob}           ->  {read: N, found: JSON}    (what a document says)
//   {strip: N, blob, type}    ->  {strip: N, blob}
//   {warnings: N, blob, name} ->  {warnings: N, ids}      (its type, and what may hurt whoever opens the file elsewhere, with a space between)
//   {list: N, blob}           ->  {list: N, found: JSON}    (a list of what is known to be bad)
//   any of them               ->  {…: N, error: sentence, refused: whether it is guard's own answer}
//
// `guard` is what wasm-bindgen made; it stands before this in the same script.
const films = new Map();
// The page has fewer; this is for a page that forgot one.
const FILMS = 12;

const work = {
  picture: async ({ bytes, max }) => {
    const found = guard.picture(new Uint8Array(bytes), max);
    const pixels = new ImageData(new Uint8ClampedArray(found.take_rgba().buffer), found.width, found.height);
    const bitmap = await createImageBitmap(pixels);
    return { bitmap, width: found.full_width, height: found.full_height, frames: found.frames };
  },
  moving: async ({ of, blob, max, from }) => {
    const close = (of) => {
      films.get(of)?.free();
      films.delete(of);
    };
    if (!blob) {
      close(of);
      return {};
    }
    if (!films.has(of)) {
      if (films.size === FILMS) close(films.keys().next().value);
      films.set(of, new guard.Film(new Uint8Array(await blob.arrayBuffer()), max));
    }
    const found = films.get(of).window(from);
    const { ends, width, height, delays } = found;
    const answer = { from: found.from, ends, width, height, delays, pixels: found.take_rgba().buffer };
    found.free();
    return answer;
  },
  sound: ({ blob, from, length, speed }) => {
    const found = guard.sound(blob, from, length, speed);
    return { samples: found.take_samples().buffer, channels: found.channels, total: found.total_ms };
  },
  video: ({ blob }) => ({ blob: guard.video(blob) }),
  cut: ({ blob, from, to }) => {
    const part = guard.cut(blob, from, to);
    const answer = { blob: part.blob, begins: part.from_ms };
    part.free();
    return answer;
  },
  code: ({ bytes, width, height }) => ({ text: guard.code(new Uint8Array(bytes), width, height) }),
  inspect: ({ blob }) => ({ found: guard.inspect(blob) }),
  warnings: ({ blob, name }) => ({ ids: guard.warnings(blob, name) }),
  list: ({ blob }) => ({ found: guard.list(blob) }),
  read: ({ blob }) => ({ found: guard.read(blob) }),
  strip: ({ blob, type }) => ({ blob: guard.strip(blob, type) }),
};

let wasm = null;

self.onmessage = async (event) => {
  if (event.data.module) {
    wasm = await guard({ module_or_path: event.data.module });
    return self.postMessage({ ready: true });
  }
  const job = Object.keys(work).find((job) => job in event.data);
  if (!job) return;
  let answer;
  try {
    answer = await work[job](event.data);
  } catch (error) {
    // Guard's own answers are sentences; everything else is a crash, after which nothing here is to be trusted.
    if (typeof error !== 'string') return void setTimeout(() => { throw error; });
    answer = { error, refused: true };
  }
  answer[job] = event.data[job];
  self.postMessage({ answer, memory: wasm.memory.buffer.byteLength }, [answer.bitmap, answer.samples, answer.pixels].filter(Boolean));
};
