// Guard as browsers run it, in node: how long its pictures and its video take. Milliseconds, the quickest of several.
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const [folder, jpeg, png, mp4, times] = process.argv.slice(2);

// Guard's Worker reads files piece by piece; these are such files, of bytes that are here.
class Slice {
  constructor(bytes) { this.bytes = bytes; this.size = bytes.length; }
  slice(from, to) { return new Slice(this.bytes.subarray(from, to)); }
}
globalThis.FileReaderSync = class { readAsArrayBuffer(slice) { return slice.bytes.slice().buffer; } };

function quickest(act) {
  let least = Infinity;
  for (let time = 0; time < Number(times); time += 1) {
    const started = performance.now();
    act();
    least = Math.min(least, performance.now() - started);
  }
  return Math.round(least);
}

async function main() {
  const guard = vm.runInThisContext(`${fs.readFileSync(path.join(folder, 'guard.js'), 'utf8')}; guard`);
  const compiled = await WebAssembly.compile(fs.readFileSync(path.join(folder, 'guard_bg.wasm')));
  await guard({ module_or_path: compiled });
  console.log('\nin wasm, by node');
  for (const [name, file] of [['JPEG, 12 megapixels', jpeg], ['PNG, 3840 x 2160', png]]) {
    const bytes = new Uint8Array(fs.readFileSync(file));
    const act = () => guard.picture(bytes, 65535).take_rgba();
    console.log(`${`${name}: to pixels`.padEnd(52)} ${String(quickest(act)).padStart(9)}`);
    const small = () => guard.picture(bytes, 320).take_rgba();
    console.log(`${`${name}: to a small picture`.padEnd(52)} ${String(quickest(small)).padStart(9)}`);
  }
  const film = new Slice(new Uint8Array(fs.readFileSync(mp4)));
  console.log(`${'MP4, 50 MB: written anew'.padEnd(52)} ${String(quickest(() => guard.video(film))).padStart(9)}`);
}

main();
