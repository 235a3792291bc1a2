// What the benchmark does in the page. Things are found by role and name; times end with the frame that shows them.
window.casemate ??= (() => {
  const tags = { textbox: 'input, textarea' };
  const byName = (role, name) =>
    [...document.querySelectorAll(`[role=${role}], ${tags[role] ?? role}`)].find((found) => found.ariaLabel === name);
  const frame = () => new Promise(requestAnimationFrame);
  // The frame after this one has what was drawn in this one on the screen.
  const shown = async (ready, limit = 20_000) => {
    const begun = performance.now();
    while (!ready()) {
      if (performance.now() - begun > limit) throw new Error(`never: ${ready}`);
      await frame();
    }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    return performance.now();
  };
  const chats = () => byName('list', 'Chats');
  const rows = () => [...(chats()?.querySelectorAll('[role=listitem]') ?? [])];
  const messages = () => [...(byName('list', 'Messages')?.querySelectorAll('[role=listitem]') ?? [])];

  return {
    started: null,

    // From the navigation until it is there; a list must have something in it.
    async watchStart(role, name) {
      const ready = () => {
        const found = document.body && byName(role, name);
        return found && (role !== 'list' || found.querySelector('[role=listitem]'));
      };
      this.started = await shown(ready, 60_000);
    },

    // Opens so many chats one after another, from all over the list.
    async open(count) {
      const times = [];
      const scroller = chats().parentElement;
      for (let at = 0; at < count; at++) {
        const all = Number(chats().querySelector('[aria-setsize]').ariaSetSize);
        scroller.scrollTop = ((at * 7_919) % all) * 72;
        await shown(() => rows().length > 3);
        const row = rows()[3].querySelector('a');
        if (row.ariaCurrent) continue;
        const before = messages()[0]?.id;
        const begun = performance.now();
        row.click();
        times.push((await shown(() => messages().length > 0 && messages()[0].id !== before)) - begun);
        // Nobody opens ten chats a second: what the first one leaves to do (its receipts) is done before the next.
        await new Promise((done) => setTimeout(done, 300));
      }
      return times;
    },

    // Types each of the words into the search box at once and waits for what is found, or that nothing is.
    async search(words) {
      const box = byName('textbox', 'Search');
      const put = (text) => {
        box.value = text;
        box.dispatchEvent(new InputEvent('input', { bubbles: true }));
      };
      const times = [];
      for (const word of words) {
        const begun = performance.now();
        put(word);
        const results = () => byName('region', 'Results');
        times.push((await shown(() => results() && results().textContent.length > 0)) - begun);
        put('');
        await shown(() => chats());
      }
      return times;
    },

    // Scrolls towards older messages for so many milliseconds; how many messages went by, then every frame's time.
    async scroll(duration) {
      // It opens at the first message that was not read.
      [...document.querySelectorAll('button')].find((button) => button.ariaLabel?.startsWith('To '))?.click();
      await new Promise((done) => setTimeout(done, 1_000));
      const scroller = byName('list', 'Messages').parentElement;
      const seen = new Set();
      const frames = [];
      const begun = performance.now();
      let last = await frame();
      while (performance.now() - begun < duration) {
        scroller.scrollTop -= 400;
        const now = await frame();
        frames.push(now - last);
        last = now;
        if (frames.length % 10 === 0) messages().forEach((row) => seen.add(row.id));
      }
      return [seen.size, ...frames];
    },

    async frames(count) {
      for (let at = 0; at < count; at++) await frame();
      return [];
    },

    // From the press, by the browser's own clock, to the frame that has the letter. Event Timing would tell the same and
    // counts what a headless browser waits for a screen it does not have.
    async watchKeys() {
      this.times = [];
      const box = byName('textbox', 'Message');
      box.addEventListener('keydown', (event) => { this.pressed = event.timeStamp; });
      box.addEventListener('input', async () => {
        const pressed = this.pressed;
        this.times.push((await shown(() => true)) - pressed);
      });
      return [];
    },

    async keys() {
      return this.times;
    },
  };
})();
