// The media of a call in this page: camera, microphone, one connection to a relay. Loaded when a call begins; nothing of it
// exists before the engine says that the person wants it, and nothing is left when it says that they do not.
//
//   the page's program ── begin(say, wanted) ─▶ Call: what the person does, as methods
//                      ◀─ say(JSON) ──────────  how it stands: state, who is heard and seen in which slot
//   the engine          ◀── a port (frames-worker.js) ──▶ offer out; answer, members, end in; keys go to that Worker alone
//
// One offer, one answer (docs/relay.md): own sound and pictures, and slots that the relay fills with whoever is to be heard
// and seen. Who that is stands in the frames. No address of this device is in an offer.

const files = document.documentElement.dataset.files;

const VOICES = 8;
const PICTURES = 12;
// The tracks of one's own, in the order of the offer: voice, camera, screen, the screen's sound (casemate_crypto::call::Track).
const [VOICE, CAMERA, SCREEN, SCREEN_SOUND] = [0, 1, 2, 3];

// A relay that says nothing for so long is gone: it acknowledges what comes several times a second.
const SILENCE_MS = 2_000;
// One that does not come to be reached in so long is not there.
const REACHING_MS = 4_000;
// Nor is one that the browser gets no answers from, and did not for so long after it noticed: what comes may go on coming
// where nothing that is sent arrives.
const UNANSWERED_MS = 1_000;
const LOOK_MS = 400;

// As loud as this somebody speaks (of 1), and is taken to speak for so long after it.
const SPEAKS = 0.015;
const SPOKE_MS = 900;

// Of all packets; a network that loses more is heard.
const WEAK_LOSS = 0.06;
const WEAK_TRIP_S = 0.6;
const WEAK_MS = 4_000;
// More than a browser keeps of a voice before it is heard.
const BUFFERED_MS = 500;

const NO_FRAMES = 'what encrypts calls could not be loaded';
const NOT_OF_ONE_SIZE = 'the server wanted sound in packets whose size tells what is said';

// Two layers of a camera: small for grids, large for whoever is looked at. Bits a second.
const LAYERS = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: 'L1T1' },
  { rid: 'h', maxBitrate: 1_500_000, scalabilityMode: 'L1T1' },
];
// Lines of the small one.
const SMALL = 180;
const SCREEN_LAYER = [{ maxBitrate: 2_500_000, maxFramerate: 15, scalabilityMode: 'L1T1' }];

// How loud it is that a microphone hears is said so often, in steps that one sees.
const LEVEL_MS = 80;
const LEVEL_STEP = 0.04;
// As loud as this (of 1) fills the meter: somebody who speaks is far from as loud as can be.
const LOUD = 0.25;
// The sound that one tests a speaker with.
const NOTES = [523.3, 659.3, 784];
const NOTE_S = 0.22;

// `wanted`: {camera: whether it is on, muted: whether the microphone is off, saver, calm: less noise, socket: where an engine of another program is, devices: {microphone, camera, speaker}: ids, or empty}.
export function begin(say, wanted) {
  return new Call(say, wanted);
}

// Microphone, camera and speaker before there is a call: `wanted` as above, `say(JSON)` tells how it stands. Nothing of it
// leaves this page, and there is no connection.
export function tryOut(say, wanted) {
  return new Trial(say, wanted);
}

// What there is to choose from: [{kind, id, name}]. Names are empty while the browser was not asked for any of them.
export async function devices() {
  const all = await navigator.mediaDevices.enumerateDevices();
  return JSON.stringify(all.filter(({ deviceId }) => deviceId).map(({ kind, deviceId, label }) => ({ kind, id: deviceId, name: label })));
}

class Call {
  #say; #wanted; #worker; #pc = null; #offer = null; #senders = []; #slots = [];
  #own = [null, null, null, null];
  #members = new Map();
  #muted = false; #facing = 'user'; #microphone = true;
  #state = 'connecting'; #told = ''; #over = false;
  #line = 0; #pictures = 0; #bytes = null; #heard = 0; #unanswered = 0; #timer = 0; #spoke = 0; #weak = 0;

  constructor(say, wanted) {
    this.#say = say;
    this.#wanted = wanted;
    this.#muted = wanted.muted;
    this.#worker = new Worker(`${files}frames-worker.js`, { type: 'module' });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => { event.preventDefault(); this.#fails(NO_FRAMES); };
    if (wanted.socket) {
      this.#worker.postMessage({ socket: wanted.socket });
    } else {
      const channel = new MessageChannel();
      this.#worker.postMessage({ port: channel.port1 }, [channel.port1]);
      // The engine's end.
      this.port = channel.port2;
    }
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    navigator.mediaDevices?.addEventListener('devicechange', this.#plugged);
    // Once whoever began this has it: what fails at once ends it.
    queueMicrotask(() => {
      if (!this.#over) this.#connect();
      this.#listen();
    });
  }

  // ---- What the person does ----

  mute(on) {
    this.#muted = on;
    if (this.#own[VOICE]) this.#own[VOICE].enabled = !on;
    this.#tell();
  }

  async camera(on) {
    this.#wanted.camera = on;
    if (!on) return this.#give(CAMERA, null);
    if (this.#over) return;
    try {
      const stream = await opened({ video: picture(this.#wanted, this.#facing) });
      await this.#take(CAMERA, stream.getVideoTracks()[0], () => this.#wanted.camera);
    } catch {
      // The one before was stopped for this one: a black picture is not a camera that is on. One that runs still stays.
      if (this.#own[CAMERA]?.readyState === 'ended') await this.#give(CAMERA);
      this.#wanted.camera = this.#own[CAMERA] !== null;
      this.#tell({ refused: 'camera' });
    }
  }

  // A microphone that was refused, or was not there, is asked for again.
  listen() {
    return this.#listen();
  }

  // The camera on the other side of a phone.
  async flip() {
    this.#facing = this.#facing === 'user' ? 'environment' : 'user';
    this.#asSystem('camera');
    this.#own[CAMERA]?.stop();
    await this.camera(true);
  }

  async share(on) {
    if (!on) return Promise.all([this.#give(SCREEN, null), this.#give(SCREEN_SOUND, null)]);
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 }, audio: true });
      const [picture] = stream.getVideoTracks();
      const [sound] = stream.getAudioTracks();
      picture.contentHint = 'detail';
      await this.#take(SCREEN, picture, () => true);
      if (sound) await this.#take(SCREEN_SOUND, sound, () => true);
    } catch (error) {
      // Who changed their mind knows it.
      if (error.name !== 'NotAllowedError') this.#tell({ refused: 'screen' });
    }
  }

  // Other devices; what is left out stays.
  async choose(chosen) {
    const before = { ...this.#wanted.devices };
    Object.assign(this.#wanted.devices, chosen);
    const { microphone, camera, speaker } = this.#wanted.devices;
    // The same one again is another try, where none is heard.
    const again = !this.#own[VOICE] && camera === before.camera && speaker === before.speaker;
    if (microphone !== before.microphone || again) await this.#listen();
    if (camera !== before.camera && this.#own[CAMERA]) await this.camera(true);
    if (speaker !== before.speaker) this.#slots.forEach((slot) => this.#sink(slot));
  }

  async calm(on) {
    this.#wanted.calm = on;
    // Anew: of a microphone that is open browsers change nothing.
    if (this.#own[VOICE]) await this.#listen();
  }

  async save(on) {
    this.#wanted.saver = on;
    await this.#own[CAMERA]?.applyConstraints(picture(this.#wanted, this.#facing)).catch(() => {});
    this.#limit();
  }

  // Which pictures are to come, the most important first: [{device, screen, height}].
  wish(wishes) {
    this.#worker.postMessage({ tell: { wishes } });
  }

  // What is seen in a slot; -1: one's own camera, -2: one's own screen.
  stream(slot) {
    if (slot >= 0) return this.#slots[slot]?.stream;
    const track = this.#own[slot === -1 ? CAMERA : SCREEN];
    return track ? new MediaStream([track]) : undefined;
  }

  close() {
    this.#over = true;
    clearInterval(this.#timer);
    navigator.mediaDevices?.removeEventListener('devicechange', this.#plugged);
    this.#own.forEach((track) => track?.stop());
    this.#slots.forEach(({ element }) => { if (element) element.srcObject = null; });
    this.#pc?.close();
    this.#worker.terminate();
  }

  // ---- The engine ----

  #hear(data) {
    if (data.broken) return this.#fails(NO_FRAMES);
    if (data.engine) {
      const { members, answer, close } = data.engine;
      if (members) this.#members = new Map(members.map((member) => [member.leaf, member]));
      if (answer) this.#answer(answer);
      if (close) this.#say(JSON.stringify({ state: 'over' }));
      return;
    }
    const slot = this.#slots[data.slot];
    if (!slot) return;
    // What is heard still was said by whoever was there before.
    if (slot.device !== data.device) [slot.spoke, slot.since] = [0, performance.now()];
    [slot.device, slot.track] = [data.device, data.track];
    this.#tell();
  }

  // The page's program tells the engine: the Worker may not be there to do it, and ends with this.
  #fails(why) {
    if (this.#over) return;
    // Nothing more leaves until the program has closed all of it.
    this.#pc?.close();
    this.#say(JSON.stringify({ state: 'over', failed: why }));
  }

  // ---- The connection ----

  async #connect() {
    this.#pc?.close();
    [this.#pc, this.#offer] = [null, null];
    [this.#bytes, this.#heard, this.#unanswered] = [null, 0, 0];
    this.#line += 1;
    let pc = null;
    try {
      // Some browsers have none, by their person's choice or their maker's.
      pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
      this.#pc = pc;
      pc.onconnectionstatechange = () => this.#changes(pc);
      const send = (kind, track, sendEncodings) => {
        const transceiver = pc.addTransceiver(kind, { direction: 'sendonly', ...(sendEncodings && { sendEncodings }) });
        prefer(transceiver, kind, RTCRtpSender);
        transceiver.sender.transform = new RTCRtpScriptTransform(this.#worker, { track });
        return transceiver.sender;
      };
      this.#senders = [send('audio', VOICE), send('video', CAMERA, LAYERS), send('video', SCREEN, SCREEN_LAYER), send('audio', SCREEN_SOUND)];
      const before = this.#slots;
      const kinds = [...Array(VOICES).fill('audio'), ...Array(PICTURES).fill('video')];
      this.#slots = kinds.map((kind, number) => {
        const transceiver = pc.addTransceiver(kind, { direction: 'recvonly' });
        prefer(transceiver, kind, RTCRtpReceiver);
        const { receiver } = transceiver;
        receiver.transform = new RTCRtpScriptTransform(this.#worker, { slot: number, sound: kind === 'audio' });
        const slot = { kind, track: 0, device: 0, receiver, stream: new MediaStream([receiver.track]), element: before[number]?.element, spoke: 0, since: 0, weak: 0, lost: 0, came: 0 };
        if (kind === 'audio') this.#play(slot);
        return slot;
      });
      // What is there already goes along; what comes later is put in its place.
      await Promise.all(this.#senders.map((sender, track) => sender.replaceTrack(this.#own[track])));
      this.#limit();
      // Taken up with the answer, which says through what a relay can be reached besides.
      const offer = await pc.createOffer();
      if (pc !== this.#pc) return;
      this.#offer = offer;
      this.#worker.postMessage({ tell: { offer: withoutAddresses(offer.sdp) } });
    } catch (error) {
      if (pc === this.#pc) this.#fails(`this browser makes no connection: ${error.message}`);
    }
    this.#tell();
  }

  #changes(pc) {
    if (pc !== this.#pc) return;
    this.#unanswered = pc.connectionState === 'disconnected' ? performance.now() : 0;
    if (pc.connectionState === 'connected') {
      this.#state = 'connected';
      this.#heard = performance.now();
      this.#worker.postMessage({ tell: { connected: true } });
      this.#tell();
    } else if (pc.connectionState === 'failed') {
      this.#anew();
    }
  }

  async #answer({ sdp, turn }) {
    const [pc, offer] = [this.#pc, this.#offer];
    if (!offer) return;
    this.#offer = null;
    const sized = ofOneSize(sdp);
    if (sized === null) return this.#fails(NOT_OF_ONE_SIZE);
    try {
      if (turn.length) reachedThrough(pc, turn);
      await pc.setLocalDescription(offer);
      await pc.setRemoteDescription({ type: 'answer', sdp: sized });
      if (pc !== this.#pc) return;
      // What the browser made of it counts.
      if (!isSteadyOpus(this.#senders)) return this.#fails(NOT_OF_ONE_SIZE);
      // The Worker pads them to one size, a larger one.
      if (!isOfOneSize(this.#senders)) this.#worker.postMessage({ varies: true });
      this.#heard = performance.now();
    } catch {
      if (pc === this.#pc) this.#anew();
    }
  }

  #anew() {
    if (this.#over) return;
    this.#state = this.#state === 'connecting' ? 'connecting' : 'lost';
    this.#connect();
  }

  // ---- What goes out ----

  async #listen() {
    if (this.#over) return;
    try {
      const stream = await opened({ audio: voice(this.#wanted) });
      this.#microphone = true;
      const [track] = stream.getAudioTracks();
      // Before it is heard: who is muted stays so with another microphone.
      track.enabled = !this.#muted;
      await this.#take(VOICE, track, () => true);
      if (this.#own[VOICE]) this.#own[VOICE].enabled = !this.#muted;
    } catch {
      // They can listen all the same. Another microphone that is heard still would be one that nobody knows of.
      await this.#give(VOICE);
      this.#microphone = false;
      this.#tell({ refused: 'microphone' });
    }
    if (this.#over) return;
    // After the microphone, so that a browser asks for one thing after the other.
    if (this.#wanted.camera && !this.#own[CAMERA]) await this.camera(true);
    this.#tell();
  }

  // A track of one's own, unless it is not wanted any more.
  async #take(which, track, still) {
    if (this.#over || !still()) return track.stop();
    const before = this.#own[which];
    this.#own[which] = track;
    if (before !== track) before?.stop();
    // Unplugged, or ended in the browser's own bar: nobody is to believe that it is heard or seen still.
    track.addEventListener('ended', () => { if (this.#own[which] === track) this.#lost(which); });
    if (which === CAMERA || which === SCREEN) this.#pictures += 1;
    this.#lets(which);
    await this.#senders[which]?.replaceTrack(track).catch(() => {});
    if (which === CAMERA) this.#limit();
    this.#tell();
  }

  #lost(which) {
    if (which === VOICE) {
      // Another one, if there is: whoever wore it goes on talking.
      this.#asSystem('microphone');
      this.#listen();
    } else if (which === CAMERA) {
      this.#wanted.camera = false;
      this.#asSystem('camera');
      this.#give(which);
      this.#tell({ refused: 'camera' });
    } else if (which === SCREEN) {
      this.share(false);
    } else {
      this.#give(which);
    }
  }

  // What was chosen is not used any more. The page is told: else it would be chosen again with the next thing that is.
  #asSystem(kind) {
    if (!this.#wanted.devices[kind]) return;
    this.#wanted.devices[kind] = '';
    this.#tell({ chosen: this.#wanted.devices });
  }

  async #give(which) {
    this.#own[which]?.stop();
    this.#own[which] = null;
    this.#lets(which);
    // Others are told at once, whatever the browser does with the track.
    this.#tell();
    await this.#senders[which]?.replaceTrack(null).catch(() => {});
  }

  // Whether frames of a track leave at all. Browsers send some of the last picture after they were told to send none.
  #lets(which) {
    this.#worker.postMessage({ lets: which, on: this.#own[which] !== null });
  }

  // Of a small picture one layer is enough, and browsers send no more of it: as it is, then.
  #limit() {
    const sender = this.#senders[CAMERA];
    const parameters = sender?.getParameters();
    const [low, high] = parameters?.encodings ?? [];
    if (!high) return;
    const { height = 720 } = this.#own[CAMERA]?.getSettings() ?? {};
    low.scaleResolutionDownBy = Math.max(1, height / SMALL);
    high.active = height >= 2 * SMALL;
    sender.setParameters(parameters).catch(() => {});
  }

  // ---- What comes in ----

  #play(slot) {
    slot.element ??= new Audio();
    slot.element.srcObject = slot.stream;
    this.#sink(slot);
    slot.element.play().catch(() => {});
  }

  #sink({ element }) {
    element?.setSinkId?.(this.#wanted.devices.speaker).catch(() => {});
  }

  // Microphones and cameras that are unplugged end, and say so. A speaker does not: what is played there is heard nowhere.
  #plugged = async () => {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    // Where the page may know of none, their ids are empty.
    const speakers = all.filter(({ kind, deviceId }) => kind === 'audiooutput' && deviceId);
    const { speaker } = this.#wanted.devices;
    if (this.#over || !speaker || !speakers.length || speakers.some(({ deviceId }) => deviceId === speaker)) return;
    this.#asSystem('speaker');
    this.#slots.forEach((slot) => this.#sink(slot));
  };

  async #look() {
    const pc = this.#pc;
    if (!pc || this.#over) return;
    const stats = await pc.getStats().catch(() => new Map());
    if (pc !== this.#pc || this.#over) return;
    const now = performance.now();
    const bytes = bytesThatCame(stats);
    // A browser that does not count them is no relay that is silent: the engine hears from the Worker that nobody is heard.
    if (bytes === null || bytes !== this.#bytes) [this.#bytes, this.#heard] = [bytes, this.#heard && now];
    const byTrack = new Map(this.#slots.map((slot) => [slot.receiver.track.id, slot]));
    let [slots, losing] = [0, 0];
    for (const one of stats.values()) {
      if (one.type === 'inbound-rtp') {
        const slot = byTrack.get(one.trackIdentifier);
        if (!slot) continue;
        if (one.audioLevel > SPEAKS && now - slot.since > BUFFERED_MS) slot.spoke = now;
        const [lost, came] = [one.packetsLost - slot.lost, one.packetsReceived - slot.came];
        [slot.lost, slot.came] = [one.packetsLost, one.packetsReceived];
        if (came <= 0) continue;
        slots += 1;
        if (lost / (lost + came) > WEAK_LOSS) {
          losing += 1;
          slot.weak = now;
        }
      } else if (one.type === 'media-source' && one.audioLevel > SPEAKS && !this.#muted) {
        this.#spoke = now;
      } else if (one.type === 'remote-inbound-rtp' && (one.fractionLost > WEAK_LOSS || one.roundTripTime > WEAK_TRIP_S)) {
        this.#weak = now;
      }
    }
    // What everybody loses is lost on the way here.
    if (slots > 1 && losing === slots) this.#weak = now;
    const patience = this.#state === 'connected' ? SILENCE_MS : REACHING_MS;
    // Until the relay has answered, the engine asks for it.
    const isSilent = this.#heard && now - this.#heard > patience;
    if (isSilent || (this.#unanswered && now - this.#unanswered > UNANSWERED_MS)) this.#anew();
    this.#tell();
  }

  // ---- How it stands ----

  #tell(more) {
    if (this.#over) return;
    const now = performance.now();
    const people = new Map();
    for (const [number, { kind, device, track, spoke, weak }] of this.#slots.entries()) {
      // leaf · 2³² + joining, see casemate-frames-worker.
      const member = device ? this.#members.get(Math.floor(device / 2 ** 32)) : undefined;
      if (!member) continue;
      const one = people.get(member.device) ?? { device: member.device, address: member.address, camera: null, screen: null, speaking: false, weak: false };
      if (kind === 'video') one[track === SCREEN ? 'screen' : 'camera'] = number;
      else one.speaking ||= now - spoke < SPOKE_MS;
      one.weak ||= weak > 0 && now - weak < WEAK_MS;
      people.set(member.device, one);
    }
    const weak = this.#weak > 0 && now - this.#weak < WEAK_MS;
    const said = JSON.stringify({
      state: this.#state,
      line: this.#line,
      pictures: this.#pictures,
      muted: this.#muted,
      microphone: this.#microphone,
      camera: this.#own[CAMERA] !== null,
      // As in a mirror, unless it looks away from them.
      mirrored: this.#own[CAMERA]?.getSettings().facingMode !== 'environment',
      screen: this.#own[SCREEN] !== null,
      speaking: this.#spoke > 0 && now - this.#spoke < SPOKE_MS,
      weak,
      people: [...people.values()].map((one) => (weak ? { ...one, weak: false } : one)),
      ...more,
    });
    if (said === this.#told && !more) return;
    this.#told = said;
    this.#say(said);
  }
}

class Trial {
  #say; #wanted; #context = null; #ear = null; #own = { microphone: null, camera: null };
  #refused = {}; #level = 0; #over = false; #timer = 0; #told = '';

  constructor(say, wanted) {
    this.#say = say;
    this.#wanted = wanted;
    this.changed = () => {
      this.#tell({ devices: true });
      // Plugged in, perhaps, what was missing.
      if (this.#refused.microphone) this.listen();
      if (this.#refused.camera && this.#wanted.camera) this.camera(true);
    };
    navigator.mediaDevices.addEventListener('devicechange', this.changed);
    this.#timer = setInterval(() => this.#measure(), LEVEL_MS);
    this.listen();
  }

  // Opens the microphone, or tries again to.
  async listen() {
    await this.#have('microphone', { audio: voice(this.#wanted) });
    this.#ear?.disconnect();
    this.#ear = null;
    if (this.#over || !this.#own.microphone) return;
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#ear = this.#context.createAnalyser();
    this.#ear.fftSize = 1024;
    this.#context.createMediaStreamSource(new MediaStream([this.#own.microphone])).connect(this.#ear);
  }

  async camera(on) {
    this.#wanted.camera = on;
    if (on) return this.#have('camera', { video: picture(this.#wanted, 'user') });
    this.#own.camera?.stop();
    this.#own.camera = null;
    this.#tell();
  }

  // What is left out stays.
  async choose(chosen) {
    const before = { ...this.#wanted.devices };
    Object.assign(this.#wanted.devices, chosen);
    const { microphone, camera } = this.#wanted.devices;
    if (microphone !== before.microphone || this.#refused.microphone) await this.listen();
    if (camera !== before.camera && this.#wanted.camera) await this.camera(true);
  }

  // A short sound from the speaker that was chosen.
  async sound() {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    const out = this.#context.createMediaStreamDestination();
    const began = this.#context.currentTime;
    NOTES.forEach((hertz, at) => {
      const [note, loud] = [this.#context.createOscillator(), this.#context.createGain()];
      const from = began + at * NOTE_S;
      note.frequency.value = hertz;
      // Swells and dies away, so that it does not click.
      loud.gain.setValueAtTime(0, from);
      loud.gain.linearRampToValueAtTime(0.2, from + 0.03);
      loud.gain.linearRampToValueAtTime(0, from + NOTE_S);
      note.connect(loud).connect(out);
      note.start(from);
      note.stop(from + NOTE_S);
    });
    const element = new Audio();
    element.srcObject = out.stream;
    await element.setSinkId?.(this.#wanted.devices.speaker).catch(() => {});
    await element.play().catch(() => {});
    setTimeout(() => { element.srcObject = null; }, NOTES.length * NOTE_S * 1_000 + 500);
  }

  // What the camera sees.
  stream() {
    return this.#own.camera ? new MediaStream([this.#own.camera]) : undefined;
  }

  close() {
    this.#over = true;
    clearInterval(this.#timer);
    navigator.mediaDevices.removeEventListener('devicechange', this.changed);
    Object.values(this.#own).forEach((track) => track?.stop());
    this.#context?.close().catch(() => {});
  }

  async #have(which, wanted) {
    let track = null;
    try {
      [track] = (await navigator.mediaDevices.getUserMedia(wanted)).getTracks();
    } catch {
      // Said below.
    }
    // Closed, or switched off, while the person was being asked.
    if (this.#over || (which === 'camera' && !this.#wanted.camera)) return track?.stop();
    this.#own[which]?.stop();
    this.#own[which] = track;
    this.#refused[which] = track === null;
    // Only now the devices have names.
    this.#tell({ devices: true });
  }

  #measure() {
    const samples = new Float32Array(this.#ear?.fftSize ?? 0);
    this.#ear?.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / (samples.length || 1);
    this.#level = Math.min(1, Math.round(Math.sqrt(power) / LOUD / LEVEL_STEP) * LEVEL_STEP);
    this.#tell();
  }

  #tell(more) {
    if (this.#over) return;
    const said = JSON.stringify({
      level: this.#level,
      camera: this.#own.camera?.id ?? null,
      no_microphone: this.#refused.microphone === true,
      no_camera: this.#refused.camera === true,
      ...more,
    });
    if (said === this.#told && !more) return;
    this.#told = said;
    this.#say(said);
  }
}

// What was chosen and is not there any more is no reason for nothing. A browser that may choose takes another one than was meant.
async function opened(wanted) {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    if (error.name !== 'OverconstrainedError' && error.name !== 'NotFoundError') throw error;
    const any = Object.entries(wanted).map(([kind, { deviceId, ...rest }]) => [kind, rest]);
    return navigator.mediaDevices.getUserMedia(Object.fromEntries(any));
  }
}

// What is asked of a microphone.
function voice({ calm, devices }) {
  return { echoCancellation: true, autoGainControl: true, noiseSuppression: calm, ...(devices.microphone && { deviceId: { exact: devices.microphone } }) };
}

// … and of a camera.
function picture({ saver, devices }, facing) {
  const [width, height] = saver ? [320, 180] : [1280, 720];
  const which = devices.camera ? { deviceId: { exact: devices.camera } } : { facingMode: facing };
  return { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: saver ? 15 : 30, max: 30 }, ...which };
}

// The relay learns from what comes where this device is; nobody else does.
function withoutAddresses(sdp) {
  const told = (line) => !line.startsWith('a=candidate') && !line.startsWith('a=end-of-candidates');
  return sdp.split('\r\n').filter(told).join('\r\n');
}

// What a browser does not take for an address of a TURN server is an operator's mistake, and no reason for no call.
function reachedThrough(pc, iceServers) {
  try {
    pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
  } catch (error) {
    console.info(`a TURN server that this browser does not take: ${error.message}`);
  }
}

// All sound in packets of one size, whatever is said. The relay, which sees the sizes, and the server, which hands its answer on, have no
// say in it: of sound no format's parameters but these stay. Null where formats are written as browsers could read them
// otherwise than this does.
export function ofOneSize(sdp) {
  const lines = [];
  let isSound = false;
  for (const line of sdp.split(/[\r\n]+/)) {
    if (/^\s*m\s*=/i.test(line)) isSound = /^\s*m\s*=\s*audio\b/i.test(line);
    // What stands before all sections is of all.
    const isOfAll = !lines.some((before) => before.startsWith('m='));
    if ((isSound || isOfAll) && /^\s*a\s*=\s*fmtp/i.test(line)) continue;
    lines.push(line);
    if (!isSound) continue;
    if (/^\s*m\s*=/i.test(line)) {
      const [, formats] = /^m=audio \d+ [A-Z/]+((?: \S+)*)$/.exec(line) ?? [];
      if (!formats?.trim().split(' ').every(isFormat)) return null;
    } else if (/^\s*a\s*=\s*rtpmap/i.test(line)) {
      const [, type, codec] = /^a=rtpmap:(\d+) ([^\s/]+)\/\S+$/.exec(line) ?? [];
      if (!isFormat(type) || codec.toLowerCase() !== 'opus') return null;
      lines.push(`a=fmtp:${type} minptime=10;useinbandfec=1;cbr=1;usedtx=0;maxaveragebitrate=32000`);
    }
  }
  return lines.join('\r\n');
}

// A payload type as RFC 8866 writes numbers: with a zero before it, it would be another name for the same one.
function isFormat(type) {
  return /^(0|[1-9]\d?|1[01]\d|12[0-7])$/.test(type ?? '');
}

// Whether senders encode all sound to packets of one size. Not every browser has such an encoder.
export function isOfOneSize(senders) {
  return sounds(senders).every(({ said }) => said.get('cbr') === '1');
}

// Whether all that senders may send of sound is Opus, which can be padded, and as many packets in silence. A browser that does not
// tell is taken at the description's word.
export function isSteadyOpus(senders) {
  return sounds(senders).every(({ mimeType, said }) => /^audio\/opus$/i.test(mimeType) && (said.get('usedtx') ?? '0') === '0');
}

// What a browser says that it may send of sound.
function sounds(senders) {
  const codecs = senders.flatMap((sender) => sender.getParameters().codecs ?? []);
  const parameters = (line) => new Map(line.toLowerCase().split(';').map((one) => one.split('=').map((part) => part.trim())));
  return codecs.filter(({ mimeType }) => /^audio\//i.test(mimeType))
    .map(({ mimeType, sdpFmtpLine = '' }) => ({ mimeType, said: parameters(sdpFmtpLine) }));
}

function prefer(transceiver, kind, side) {
  transceiver.setCodecPreferences(side.getCapabilities(kind).codecs.filter((codec) => fits(codec, kind)));
}

// VP9 and Opus may be encrypted whole: nothing that packs them looks inside. Of VP9 profile 0, which is meant where none is
// named (RFC 9628 §6.1).
export function fits({ mimeType, sdpFmtpLine = '' }, kind) {
  if (kind === 'audio') return /^audio\/opus$/i.test(mimeType);
  if (/^video\/rtx$/i.test(mimeType)) return true;
  const named = sdpFmtpLine.split(';').map((one) => one.split('=').map((part) => part.trim()));
  const [, profile = '0'] = named.find(([name]) => name.toLowerCase() === 'profile-id') ?? [];
  return /^video\/vp9$/i.test(mimeType) && profile === '0';
}

// All bytes that came over a connection, by what the browser counts: of its transports, else of the pairs of addresses, one of
// which is in use. Null where it counts neither. They may become fewer: a pair of before is not counted any more.
export function bytesThatCame(stats) {
  for (const type of ['transport', 'candidate-pair']) {
    const counted = [...stats.values()].filter((one) => one.type === type && typeof one.bytesReceived === 'number');
    if (counted.length) return counted.reduce((all, one) => all + one.bytesReceived, 0);
  }
  return null;
}
