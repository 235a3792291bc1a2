// Whether an element stays where it is over two frames. A page that is not painted counts as one that stands.
const [element] = arguments;
const place = () => Object.values(element.getBoundingClientRect().toJSON()).join();
const before = place();
const frame = (then) => requestAnimationFrame(then);
return new Promise((done) => {
  const look = () => done(element.isConnected && place() === before);
  frame(() => frame(look));
  setTimeout(look, 200);
});
