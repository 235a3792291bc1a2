// The Worker through which the frames of a call pass (RTCRtpScriptTransform), and the only place of a page that has keys of
// a call. They come from the engine's Worker over a port that the page hands on once and cannot read.
//
//   page    {port}                                    the engine's end of a channel, once
//   page    {socket: address}                         in its place: where `casemate app` has the engine, which says the same as JSON
//   page    {lets: track, on}                         whether frames of a track of one's own leave
//   page    {varies: true}                            the browser makes packets of sound of several sizes
//   page    {tell: …}                                 handed on to the engine: {offer} {connected} {wishes}
//   engine hears besides   {unheard: true}            the relay is reached, and no frame of a member came for seconds
//   engine  {joining, keys: {epoch, secret, others, leaf, leaves, removed}}   first; later {keys} when members change
//   engine  {members} {answer} {close}                handed on to the page as {engine: …}
//   page hears besides   {slot: N, device, track}     who is in a slot from now on; device 0: nobody
//                        {broken: true}               there is nothing here to seal and open with
//
// Before the first keys every frame is dropped, and after them each that is not a member's.
import init, { CallFrames } from './frames.js';

// Of a picture that does not come any more the last frame is not shown for longer.
const CAMERA_GONE_MS = 1_500;
// A shared screen that stands still sends a frame a second.
const SCREEN_GONE_MS = 4_000;
const LOOK_MS = 500;
// Who says nothing sends frames all the same.
const UNHEARD_MS = 8_000;
// Whole pictures are asked for at most so often for each slot.
const KEY_FRAMES_MS = 1_000;
// A voice that goes before another one comes in its place.
const BUFFERED_MS = 100;

const SCREEN = 2;

// The tracks that leave; a voice does always, in silence where it is muted.
const leaving = new Set([0]);

const loaded = init({ module_or_path: './frames_bg.wasm' });
// An error of a promise is not one that whoever began this Worker hears.
loaded.catch(() => self.postMessage({ broken: true }));
let frames = null;
let varies = false;
let engine = null;
// When the last frame of a member came, or that was said; null while the relay is not reached.
let heard = null;
const slots = [];

self.onmessage = ({ data }) => {
  if (data.port) {
    engine = data.port;
    engine.onmessage = (event) => hear(event.data);
  } else if (data.socket) {
    engine = connected(data.socket);
  } else if (data.varies) {
    varies = true;
    frames?.varies();
  } else if (data.lets > 0) {
    if (data.on) leaving.add(data.lets);
    else leaving.delete(data.lets);
  } else if (data.tell) {
    if (data.tell.connected) heard = performance.now();
    if (data.tell.offer) heard = null;
    engine?.postMessage(data.tell);
  }
};

function connected(address) {
  const socket = new WebSocket(address);
  const waiting = [];
  socket.onopen = () => waiting.splice(0).forEach((line) => socket.send(line));
  socket.onmessage = ({ data }) => {
    const said = JSON.parse(data);
    if (said.keys) {
      said.keys.secret = Uint8Array.from(said.keys.secret);
      said.keys.others = Uint8Array.from(said.keys.others);
    }
    hear(said);
  };
  socket.onclose = () => hear({ close: true });
  return {
    postMessage(told) {
      const line = JSON.stringify(told);
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(line);
      else socket.send(line);
    },
  };
}

async function hear(said) {
  const { joining, keys } = said;
  if (keys) {
    await loaded;
    frames ??= new CallFrames(joining);
    if (varies) frames.varies();
    const leaves = Uint16Array.from(keys.leaves);
    frames.keys(keys.epoch, keys.secret, keys.others, keys.leaf, leaves, keys.removed, performance.now());
    keys.secret.fill(0);
    keys.others.fill(0);
  }
  if (said.members || said.answer || said.close) {
    self.postMessage({ engine: { members: said.members, answer: said.answer, close: said.close } });
  }
}

self.onrtctransform = ({ transformer }) => {
  const { track, slot, sound } = transformer.options;
  const transform = track === undefined ? opened(transformer, slot, sound) : sealed(track);
  // It ends with its connection.
  transformer.readable.pipeThrough(new TransformStream({ transform })).pipeTo(transformer.writable).catch(() => {});
};

function sealed(track) {
  return (frame, out) => {
    if (!leaving.has(track)) return;
    const bytes = frames?.seal(track, new Uint8Array(frame.data), performance.now());
    if (!bytes) return;
    frame.data = bytes.buffer;
    out.enqueue(frame);
  };
}

function opened(transformer, number, sound) {
  const slot = { device: 0, track: 0, last: 0, asked: 0 };
  slots[number] = slot;
  return (frame, out) => {
    const now = performance.now();
    const bytes = frames?.open(sound, new Uint8Array(frame.data), now);
    if (!bytes) {
      if (!sound && now - slot.asked > KEY_FRAMES_MS) {
        slot.asked = now;
        transformer.sendKeyFrameRequest().catch(() => {});
      }
      return;
    }
    if (heard !== null) heard = now;
    const { device, track } = frames;
    // What is in the browser's buffer is played yet: it is not to be heard under another's name.
    const isAnother = slot.device !== 0 && (device !== slot.device || track !== slot.track);
    if (sound && isAnother && now - slot.last < BUFFERED_MS) return;
    slot.last = now;
    if (device !== slot.device || track !== slot.track) {
      slot.device = device;
      slot.track = track;
      self.postMessage({ slot: number, device, track });
    }
    frame.data = bytes.buffer;
    out.enqueue(frame);
  };
}

setInterval(() => {
  const now = performance.now();
  if (heard !== null && now - heard > UNHEARD_MS) {
    heard = now;
    engine?.postMessage({ unheard: true });
  }
  slots.forEach((slot, number) => {
    const patience = slot.track === SCREEN ? SCREEN_GONE_MS : CAMERA_GONE_MS;
    if (slot.device !== 0 && now - slot.last > patience) {
      slot.device = 0;
      self.postMessage({ slot: number, device: 0, track: slot.track });
    }
  });
}, LOOK_MS);
