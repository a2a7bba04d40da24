// The line of facts below the title.

import { byId, element, setChildren, setText } from './dom.js';
import { formatBytes, formatMs, formatSeconds } from './format.js';

/** @typedef {import('../process-facts.ts').ProcessFacts} ProcessFacts */

/** @type {Map<string, { pair: HTMLElement, value: HTMLElement }>} */
const shownFacts = new Map();

/** @param {ProcessFacts} facts */
export function showProcess(facts) {
  const { loopDelayMs } = facts;
  /** @type {[string, string][]} */
  const pairs = [
    ['Node', facts.node],
    ['Stack switch', facts.switchKind ?? 'none'],
    ['Process', String(facts.pid)],
    ['Up', formatSeconds(facts.uptimeSeconds)],
    ['Resident', formatBytes(facts.rssBytes)],
    ['Heap', formatBytes(facts.heapUsedBytes)],
    ['Loop delay p99', loopDelayMs === null ? '–' : formatMs(loopDelayMs.p99)],
  ];
  const children = pairs.map(([name, text]) => {
    const { pair, value } = factOf(name);
    setText(value, text);
    return pair;
  });
  setChildren(byId('process'), children);
}

/** @param {string} name */
function factOf(name) {
  const known = shownFacts.get(name);
  if (known !== undefined) return known;
  const value = element('dd');
  const made = { pair: element('div', {}, element('dt', {}, name), value), value };
  shownFacts.set(name, made);
  return made;
}
