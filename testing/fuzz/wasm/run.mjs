// The fuzz targets on 32 bits: node run.mjs FOLDER CORPUS FIXTURES [TARGET] [--seconds N] [--seed S]. FOLDER has fuzz.js and fuzz_bg.wasm,
// CORPUS has a folder for each target, and FIXTURES are guard's files. Each target gets its seeds, its corpus, and inputs made from numbers for
// N seconds. The first that is not stood is named, with what the panic said, and ends the run with an error.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const words = process.argv.slice(2);
const take = (name, otherwise) => {
  const at = words.indexOf(name);
  return at < 0 ? otherwise : words.splice(at, 2)[1];
};
const seconds = Number(take('--seconds', '1'));
const first = BigInt(take('--seed', '0'));
const [folder, corpus, fixtures, only] = words;
if (!Number.isFinite(seconds) || !fixtures) throw new Error('run.mjs FOLDER CORPUS FIXTURES [TARGET] [--seconds N] [--seed S]');
// What these have of seeds are files, which wasm cannot list.
const OF_FILES = ['file', 'moving', 'sound'];

const { default: load, names, why, Hunt } = await import(pathToFileURL(join(folder, 'fuzz.js')));
await load({ module_or_path: readFileSync(join(folder, 'fuzz_bg.wasm')) });

const stood = (target, input, run) => {
  try {
    run();
  } catch (error) {
    // The message tells of a trap alone; what the program said of it is kept inside.
    console.error(`${target}: ${input}, on 32 bits: ${why() || error}`);
    process.exit(1);
  }
};

const all = names();
const wanted = all.filter((name) => only === undefined || name === only);
if (wanted.length === 0) throw new Error(`there is no target ${only} on 32 bits; there are: ${all.join(', ')}`);
let inputs = 0;
for (const name of wanted) {
  let hunt;
  stood(name, 'its seeds', () => { hunt = Hunt.of(name); });
  const folders = [join(corpus, name), ...(OF_FILES.includes(name) ? [fixtures] : [])].filter(existsSync);
  for (const kept of folders) {
    const files = readdirSync(kept, { withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { name: file } of files) hunt.add(file, readFileSync(join(kept, file)));
  }
  if (hunt.count() < 2) throw new Error(`${name} has nothing to begin with`);
  for (let number = 0; number < hunt.count(); number += 1) {
    stood(name, hunt.name(number), () => hunt.run(number));
  }
  let seed = first;
  for (const until = performance.now() + 1000 * seconds; performance.now() < until; seed += 1n) {
    stood(name, `--seed ${seed}`, () => hunt.hunt(seed));
  }
  const made = Number(seed - first);
  inputs += hunt.count() + made;
  console.log(`${name}: ${hunt.count()} kept inputs and ${made} made ones`);
}
console.log(`${wanted.length} targets stood ${inputs} inputs on 32 bits`);
