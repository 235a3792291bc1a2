// Run in node by call_sizes.rs, beside call.js and frames-worker.js: what differs from browser to browser.

import assert from 'node:assert/strict';

globalThis.document = { documentElement: { dataset: { files: '' } } };
const { fits, bytesThatCame } = await import('./call.mjs');

// Firefox names no profile of VP9; its parameters are those of profile 0.
const vp9 = (sdpFmtpLine) => fits({ mimeType: 'video/VP9', ...(sdpFmtpLine !== undefined && { sdpFmtpLine }) }, 'video');
for (const line of [undefined, '', 'max-fs=12288;max-fr=60', 'profile-id=0', 'max-fs=12288; profile-id=0', 'x-profile-id=2']) assert.ok(vp9(line), line);
for (const line of ['profile-id=1', 'profile-id=2', 'max-fr=60;profile-id=3', 'Profile-Id=2', 'profile-id=01']) assert.ok(!vp9(line), line);
assert.ok(fits({ mimeType: 'video/rtx', sdpFmtpLine: 'apt=98' }, 'video') && fits({ mimeType: 'audio/opus' }, 'audio'));
for (const other of ['video/VP8', 'video/H264', 'video/AV1', 'video/red']) assert.ok(!fits({ mimeType: other }, 'video'), other);
for (const other of ['audio/PCMU', 'audio/G722', 'audio/red']) assert.ok(!fits({ mimeType: other }, 'audio'), other);

// Bytes are counted of transports, or of pairs of addresses, or not at all.
const stats = (...all) => new Map(all.map((one, at) => [String(at), one]));
const transport = (bytesReceived) => ({ type: 'transport', ...(bytesReceived !== undefined && { bytesReceived }) });
const pair = (bytesReceived) => ({ type: 'candidate-pair', bytesReceived });
assert.equal(bytesThatCame(stats(transport(7), pair(5))), 7);
assert.equal(bytesThatCame(stats(transport(0), pair(5))), 0);
assert.equal(bytesThatCame(stats(transport(), pair(5), pair(4), { type: 'inbound-rtp', bytesReceived: 90 })), 9);
assert.equal(bytesThatCame(stats(transport(), { type: 'codec' })), null);

// A camera that is off sends no frame, whatever the browser still makes of its last picture. A voice goes on, in silence.
globalThis.self = { postMessage() {} };
const timer = globalThis.setInterval;
globalThis.setInterval = () => 0;
await import('./frames-worker.mjs');
globalThis.setInterval = timer;
const said = [];
const transformer = (track) => {
  const sent = [];
  let push;
  const readable = new ReadableStream({ start: (control) => { push = (frame) => control.enqueue(frame); } });
  self.onrtctransform({ transformer: { options: { track }, readable, writable: new WritableStream({ write: (frame) => void sent.push(frame.data.byteLength) }) } });
  return async () => {
    const before = sent.length;
    push({ data: new Uint8Array([1, 2, 3]).buffer });
    await new Promise((done) => setTimeout(done));
    return sent.length > before;
  };
};
const engine = { postMessage: (told) => said.push(told) };
self.onmessage({ data: { port: engine } });
engine.onmessage({ data: { joining: 1, keys: { epoch: 1, secret: new Uint8Array(32), others: new Uint8Array(), leaf: 0, leaves: [0], removed: false } } });
await new Promise((done) => setTimeout(done));
const [voice, camera] = [transformer(0), transformer(1)];
const lets = (on) => self.onmessage({ data: { lets: 1, on } });
assert.deepEqual([await voice(), await camera()], [true, false]);
lets(true);
assert.deepEqual([await voice(), await camera()], [true, true]);
lets(false);
assert.deepEqual([await voice(), await camera()], [true, false]);
// What is to be padded more is said before and after there are keys.
assert.equal(globalThis.varied, 0);
self.onmessage({ data: { varies: true } });
assert.equal(globalThis.varied, 1);
