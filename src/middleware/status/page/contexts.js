// The list of contexts, with its filter, its grouping, and words for when there is nothing to list.

import { CONTEXT_COLUMNS, contextDetails, GROUP_COLUMNS, groupDetails } from './columns.js';
import { byId, element, setChildren, setText } from './dom.js';
import { counted, formatCount, formatMs } from './format.js';
import { contextRows, groupRows } from './rows.js';
import { SortedTable } from './table.js';

/** @typedef {import('./history.js').StatusSnapshot} StatusSnapshot */

export class Contexts {
  #filter = /** @type {HTMLInputElement} */ (byId('filter'));
  #pool = /** @type {HTMLSelectElement} */ (byId('pool'));
  #group = /** @type {HTMLInputElement} */ (byId('group'));
  #single = new SortedTable('Contexts', CONTEXT_COLUMNS, contextDetails, 'for');
  #grouped = new SortedTable('Contexts by stack', GROUP_COLUMNS, groupDetails, 'count');
  #empty = element('p', { class: 'empty' });
  #omitted = element('p', { class: 'hint omitted' });
  /** @type {StatusSnapshot | null} */
  #snapshot = null;

  constructor() {
    byId('tools').addEventListener('submit', (event) => event.preventDefault());
    for (const input of [this.#filter, this.#pool, this.#group]) input.addEventListener('input', () => this.#render());
  }

  /** @param {StatusSnapshot} snapshot */
  show(snapshot) {
    this.#snapshot = snapshot;
    this.#listPools(snapshot);
    this.#render();
  }

  #render() {
    const snapshot = this.#snapshot;
    if (snapshot === null) return;
    const rows = contextRows(snapshot, this.#filter.value, this.#pool.value);
    const shown = [];
    if (rows.length === 0) {
      setText(this.#empty, emptyText(snapshot));
      shown.push(this.#empty);
    } else if (this.#group.checked) {
      this.#grouped.show(groupRows(rows));
      shown.push(this.#grouped.root);
    } else {
      this.#single.show(rows);
      shown.push(this.#single.root);
    }
    if (snapshot.omitted > 0 && snapshot.contexts.length > 0) {
      const { contexts, omitted } = snapshot;
      setText(
        this.#omitted,
        `These are the ${contexts.length} that have been in their state for longest; ${formatCount(omitted)} more are busy.`,
      );
      shown.push(this.#omitted);
    }
    setChildren(byId('table'), shown);
    setText(byId('summary'), summary(snapshot, rows.length));
  }

  /** @param {StatusSnapshot} snapshot */
  #listPools({ pools, contexts }) {
    const names = [
      ...new Set([...pools, ...contexts.map(({ pool }) => ({ name: pool }))].map(({ name }) => name ?? '')),
    ];
    const wanted = names.filter((name) => name !== '');
    const options = [...this.#pool.options].slice(1);
    if (wanted.join('\n') === options.map(({ value }) => value).join('\n')) return;
    const before = this.#pool.value;
    const all = /** @type {HTMLOptionElement} */ (this.#pool.options[0]);
    this.#pool.replaceChildren(all, ...wanted.map((name) => element('option', { value: name }, name)));
    this.#pool.value = wanted.includes(before) ? before : '';
  }
}

/** @param {StatusSnapshot} snapshot */
function emptyText({ contexts, counts, omitted }) {
  if (contexts.length > 0) return 'No context matches.';
  if (omitted > 0) return `${formatCount(omitted)} contexts are busy and were not looked into.`;
  if (counts.idle === 0) return 'No context is busy.';
  return `No context is busy. ${counted(counts.idle, 'idle one')} ${counts.idle === 1 ? 'is' : 'are'} kept for the next tasks.`;
}

/**
 * @param {StatusSnapshot} snapshot
 * @param {number} matching
 */
function summary({ contexts, counts, at, contextsAt, contextsTookMs }, matching) {
  const { running, waiting, idle } = counts;
  const parts = [`${formatCount(running)} running, ${formatCount(waiting)} waiting, ${formatCount(idle)} idle`];
  if (matching < contexts.length) parts.unshift(`${formatCount(matching)} of ${formatCount(contexts.length)} shown`);
  const ageMs = at - contextsAt;
  parts.push(`read in ${formatMs(contextsTookMs)}${ageMs >= 1000 ? `, ${formatMs(ageMs)} ago` : ''}`);
  return parts.join(' · ');
}
