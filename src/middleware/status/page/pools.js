// The cards of all pools, in the order the server names them.

import { colorOf } from './charts.js';
import { byId, element, setChildren } from './dom.js';
import { PoolCard } from './pool-card.js';

/** @typedef {import('./history.js').History} History */

/** @type {Map<string, PoolCard>} */
const cards = new Map();
const noPools = element('p', { class: 'empty' }, 'This server has no pool.');

/** @param {History} history */
export function showPools(history) {
  const pools = history.moments.at(-1)?.pools ?? new Map();
  const shown = [...pools].map(([name, pool], at) => {
    const card = cards.get(name) ?? new PoolCard(name, colorOf(at));
    cards.set(name, card);
    card.show(pool, (counter) => history.rate(name, counter));
    return card.root;
  });
  setChildren(byId('pools'), shown.length > 0 ? shown : [noPools]);
}
