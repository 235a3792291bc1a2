// Before a page's own scripts: counts what it makes of media, and can say what came.
(() => {
  const made = { connections: [], asked: 0, workers: 0, wanted: [], wishes: [], camera: { width: 320, height: 180, frameRate: 15 } };
  window.madeMedia = made;
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...given) {
      super(...given);
      made.connections.push(this);
    }
  };
  const AnyWorker = window.Worker;
  window.Worker = class extends AnyWorker {
    constructor(address, ...given) {
      super(address, ...given);
      this.ofFrames = String(address).includes('frames');
      if (this.ofFrames) made.workers += 1;
    }

    postMessage(message, ...given) {
      if (this.ofFrames && message.tell?.wishes) made.wishes = message.tell.wishes;
      super.postMessage(message, ...given);
    }
  };
  const devices = window.MediaDevices?.prototype;
  if (!devices) return;
  for (const name of ['getUserMedia', 'getDisplayMedia']) {
    const real = devices[name];
    devices[name] = function ask(wanted) {
      made.asked += 1;
      made.wanted.push(wanted);
      const video = wanted.video && name === 'getUserMedia' ? { ...wanted.video, ...made.camera } : wanted.video;
      const all = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const audio = wanted.audio && name === 'getUserMedia' ? { ...wanted.audio, ...all } : wanted.audio;
      return real.call(this, { ...wanted, ...(video && { video }), ...(audio && { audio }) });
    };
  }

  made.received = async () => {
    const connection = made.connections.at(-1);
    const found = { voices: 0, packets: 0, energy: 0, pictures: 0, decoded: 0, width: 0, height: 0, sent: [], local: null, protocol: null, relayed: null, remote: null };
    if (!connection) return found;
    const stats = await connection.getStats();
    for (const one of stats.values()) {
      if (one.type === 'inbound-rtp' && one.kind === 'audio' && one.packetsReceived > 0) {
        found.voices += 1;
        found.packets += one.packetsReceived;
        found.energy += one.totalAudioEnergy ?? 0;
      } else if (one.type === 'inbound-rtp' && one.framesDecoded > 0) {
        found.pictures += 1;
        found.decoded += one.framesDecoded;
        found.width = Math.max(found.width, one.frameWidth ?? 0);
        found.height = Math.max(found.height, one.frameHeight ?? 0);
      } else if (one.type === 'outbound-rtp' && one.packetsSent > 0) {
        const codec = stats.get(one.codecId);
        found.sent.push({ kind: one.kind, rid: one.rid, bytes: one.bytesSent, packets: one.packetsSent, height: one.frameHeight, codec: codec?.mimeType, form: codec?.sdpFmtpLine });
      } else if (one.type === 'candidate-pair' && one.nominated) {
        const local = stats.get(one.localCandidateId);
        [found.local, found.protocol, found.relayed] = [local?.candidateType, local?.protocol, local?.relayProtocol];
        found.remote = stats.get(one.remoteCandidateId)?.address;
      }
    }
    return found;
  };

  // What was said to the relay and by it: media lines, and whatever names an address.
  made.said = async () => {
    const { localDescription: own, remoteDescription: other } = made.connections.at(-1);
    const lines = ({ sdp }, begin) => sdp.split('\r\n').filter((line) => line.startsWith(begin));
    return {
      sounds: lines(own, 'm=audio').length, pictures: lines(own, 'm=video').length, media: lines(own, 'm=').length,
      relay: lines(other, 'a=candidate').map((line) => line.split(' ')[4]),
    };
  };

  // Milliseconds from the next press of a button with this name until the first sound that came is played.
  made.untilSound = (name) => {
    made.sounded = new Promise((done) => {
      const pressed = async (event) => {
        if (event.target.closest('button')?.innerText.trim() !== name) return;
        document.removeEventListener('click', pressed, true);
        const began = performance.now();
        const look = async () => {
          for (const one of (await made.connections.at(-1)?.getStats())?.values() ?? []) {
            if (one.type === 'inbound-rtp' && one.kind === 'audio' && one.totalAudioEnergy > 0) return done(performance.now() - began);
          }
          setTimeout(look, 10);
        };
        look();
      };
      document.addEventListener('click', pressed, true);
    });
  };
  made.soundedAfter = () => made.sounded;

  // Where the relays are, of all connections: they are reached by TCP too.
  made.relays = () => {
    const answers = made.connections.map(({ remoteDescription }) => remoteDescription?.sdp ?? '');
    return answers.flatMap((sdp) => [...sdp.matchAll(/a=candidate:\S+ \d+ tcp \d+ (\S+) (\d+)/gi)].map(([, ip, port]) => `${ip}:${port}`));
  };

  let context = null;
  made.heard = async () => {
    const connection = made.connections.at(-1);
    if (!connection) return [];
    context ??= new AudioContext();
    await context.resume();
    const tracks = connection.getReceivers().map(({ track }) => track).filter(({ kind }) => kind === 'audio');
    const ears = tracks.map((track) => {
      const source = context.createMediaStreamSource(new MediaStream([track]));
      const ear = context.createAnalyser();
      ear.fftSize = 16384;
      ear.smoothingTimeConstant = 0;
      source.connect(ear);
      return { source, ear };
    });
    await new Promise((heard) => setTimeout(heard, 500));
    const found = ears.map(({ source, ear }) => {
      const levels = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(levels);
      source.disconnect();
      const at = levels.reduce((best, level, index) => (level > levels[best] ? index : best), 0);
      return levels[at] > -70 ? (at * context.sampleRate) / ear.fftSize : null;
    });
    return found.filter((hertz) => hertz !== null);
  };
})();
