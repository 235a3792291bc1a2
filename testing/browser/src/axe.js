// What axe-core finds on this screen, as sentences.
const [rules, done] = arguments;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
const runOnly = rules.length ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS };
// WCAG 2.2's size of what is pressed is off unless asked for.
const options = { runOnly, resultTypes: ['violations'], rules: rules.length ? {} : { 'target-size': { enabled: true } } };
// A menu is a layer of its own that holds the focus while it is open, and no part of the page's structure. Rules about
// the whole page see the rest of it.
const what = { exclude: [['.menu-cover']] };
const sentence = (found, node) => `axe ${found.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ').slice(0, 240)}`;
axe.run(what, options).then(
  ({ violations }) => done(violations.flatMap((found) => {
    const nodes = found.id === 'region' ? found.nodes.filter((node) => !document.querySelector(node.target[0])?.closest('[role=menu]')) : found.nodes;
    return nodes.map((node) => sentence(found, node));
  })),
  (error) => done([`axe-core stopped: ${error}`]),
);
