// How long wasm takes to verify look-ups: node run.mjs FOLDER PROOFS. FOLDER has verify.js and verify_bg.wasm, PROOFS is what
// `casemate-bench transparency` wrote. Prints milliseconds: the first, the middle one and the longest of the others.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, file] = process.argv.slice(2);
const { default: load, verify } = await import(pathToFileURL(`${folder}/verify.js`));
await load({ module_or_path: readFileSync(`${folder}/verify_bg.wasm`) });

const { key, shown } = JSON.parse(readFileSync(file));
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const server = bytes(key);
const proofs = shown.map(({ handle, proof }) => ({ handle, proof: bytes(proof) }));

const times = proofs.map(({ handle, proof }) => {
  const begun = performance.now();
  const good = verify(proof, server, handle);
  const took = performance.now() - begun;
  if (!good) throw new Error(`the proof of ${handle} does not hold`);
  return took;
});
// What it measures verifies: a proof that was changed does not hold, nor does one of somebody else.
const changed = proofs[0].proof.slice();
changed[changed.length - 1] ^= 1;
if (verify(changed, server, proofs[0].handle) || verify(proofs[0].proof, server, proofs[1].handle)) {
  throw new Error('a proof holds that should not');
}
const [first, ...others] = times;
others.sort((one, other) => one - other);
console.log(first, others[others.length >> 1], others[others.length - 1]);
