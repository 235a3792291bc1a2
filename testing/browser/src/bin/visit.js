
// ---- Only while `cargo xtask web --visit` looks: which functions ran, to whoever asks ----

engine.then(() => {
  const channel = new BroadcastChannel('ran');
  channel.onmessage = () => {
    const ran = new Uint8Array(first.ran.buffer);
    channel.postMessage({ ran: Array.from(ran, (one, place) => (one ? place : -1)).filter((place) => place >= 0) });
  };
});
