// Guard as browsers run it, in node: how long its pictures, its video and its looking into documents take. A line each: a name, and
// milliseconds on the clock and of the processor, the quickest of several.
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const [folder, jpeg, png, mp4, pdf, times] = process.argv.slice(2);

// Guard's Worker reads files piece by piece; these are such files, of bytes that are here.
class Slice {
  constructor(bytes) { this.bytes = bytes; this.size = bytes.length; }
  slice(from, to) { return new Slice(this.bytes.subarray(from, to)); }
}
globalThis.FileReaderSync = class { readAsArrayBuffer(slice) { return slice.bytes.slice().buffer; } };

function say(name, act) {
  let wall = Infinity;
  let processor = Infinity;
  for (let time = 0; time < Number(times); time += 1) {
    const started = performance.now();
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    wall = Math.min(wall, performance.now() - started);
    processor = Math.min(processor, (user + system) / 1e3);
  }
  console.log(`${name} ${wall} ${processor}`);
}

async function main() {
  const guard = vm.runInThisContext(`${fs.readFileSync(path.join(folder, 'guard.js'), 'utf8')}; guard`);
  const compiled = await WebAssembly.compile(fs.readFileSync(path.join(folder, 'guard_bg.wasm')));
  await guard({ module_or_path: compiled });
  for (const [name, file] of [['jpeg', jpeg], ['png', png]]) {
    const bytes = new Uint8Array(fs.readFileSync(file));
    say(name, () => guard.picture(bytes, 65535).take_rgba());
    say(`${name}-small`, () => guard.picture(bytes, 320).take_rgba());
  }
  const film = new Slice(new Uint8Array(fs.readFileSync(mp4)));
  say('mp4', () => guard.video(film));
  const document = new Slice(new Uint8Array(fs.readFileSync(pdf)));
  say('pdf', () => guard.inspect(document));
}

main();
