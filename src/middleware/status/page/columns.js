// The columns of both tables: what a cell shows, and what it is sorted by.

import { element } from './dom.js';
import { counted, formatCount, formatMs } from './format.js';
import { placeOf } from './stack.js';

/** @typedef {import('./rows.js').ContextRow} ContextRow */
/** @typedef {import('./rows.js').GroupRow} GroupRow */
/** @typedef {import('../context-sample.ts').StatusContext} StatusContext */

/**
 * `rare` columns are left out where there is no room: the details hold them, too.
 *
 * @template Row
 * @typedef {{ id: string, title: string, numeric?: boolean, rare?: boolean, value: (row: Row) => string | number, text: (row: Row) => string }} Column
 */

/** @type {readonly Column<ContextRow>[]} */
export const CONTEXT_COLUMNS = [
  { id: 'id', title: 'Id', numeric: true, value: (row) => row.context.id, text: (row) => String(row.context.id) },
  { id: 'work', title: 'Work', value: (row) => workOf(row.context), text: (row) => workOf(row.context) },
  { id: 'pool', title: 'Pool', rare: true, value: (row) => row.context.pool ?? '', text: (row) => poolOf(row.context) },
  { id: 'state', title: 'State', value: (row) => row.context.state, text: (row) => row.context.state },
  {
    id: 'for',
    title: 'For',
    numeric: true,
    value: (row) => row.context.stateMs,
    text: (row) => formatMs(row.context.stateMs),
  },
  {
    id: 'waits-for',
    title: 'Waits for',
    rare: true,
    value: (row) => row.context.waitsFor ?? '',
    text: (row) => row.context.waitsFor ?? '–',
  },
  {
    id: 'ran',
    title: 'Ran',
    numeric: true,
    rare: true,
    value: (row) => ranOf(row.context),
    text: (row) => formatMs(ranOf(row.context)),
  },
  {
    id: 'waited',
    title: 'Waited',
    numeric: true,
    rare: true,
    value: (row) => waitedOf(row.context),
    text: (row) => formatMs(waitedOf(row.context)),
  },
  {
    id: 'waits',
    title: 'Waits',
    numeric: true,
    rare: true,
    value: (row) => waitsOf(row.context),
    text: (row) => formatCount(waitsOf(row.context)),
  },
];

/** @type {readonly Column<GroupRow>[]} */
export const GROUP_COLUMNS = [
  {
    id: 'count',
    title: 'Count',
    numeric: true,
    value: (row) => row.contexts.length,
    text: (row) => formatCount(row.contexts.length),
  },
  { id: 'place', title: 'Where', value: (row) => placeOf(row.frames), text: (row) => placeOf(row.frames) },
  { id: 'state', title: 'State', rare: true, value: stateOf, text: stateOf },
  { id: 'longest', title: 'Longest', numeric: true, value: longestOf, text: (row) => formatMs(longestOf(row)) },
  { id: 'works', title: 'Work', rare: true, value: worksOf, text: worksOf },
  { id: 'subjects', title: 'Wait for', rare: true, value: subjectsOf, text: subjectsOf },
];

/** @param {ContextRow} row */
export function contextDetails({ context }) {
  const { times } = context;
  return definitions([
    ['Pool', poolOf(context)],
    ['Waits for', context.waitsFor ?? '–'],
    ['Queued', formatMs(times?.queuedMs ?? 0)],
    ['Ran', formatMs(ranOf(context))],
    ['Longest run', formatMs(times?.longestRunMs ?? 0)],
    ['Waited', `${formatMs(waitedOf(context))} in ${counted(waitsOf(context), 'wait')}`],
  ]);
}

const MAX_IDS = 30;

/** @param {GroupRow} row */
export function groupDetails(row) {
  const ids = row.contexts.map(({ id }) => id);
  const more = ids.length > MAX_IDS ? ` and ${ids.length - MAX_IDS} more` : '';
  return definitions([
    ['Contexts', ids.slice(0, MAX_IDS).join(', ') + more],
    ['Work', distinct(row, workOf).join(', ')],
    ['Wait for', subjectsOf(row)],
  ]);
}

/** @param {readonly [string, string][]} pairs */
function definitions(pairs) {
  const made = pairs.map(([name, text]) => element('div', {}, element('dt', {}, name), element('dd', {}, text)));
  return element('dl', { class: 'details' }, ...made);
}

/** @param {StatusContext} context */
const workOf = ({ label }) => label ?? 'without a label';
/** @param {StatusContext} context */
const poolOf = ({ pool }) => pool ?? 'spawned';
/** @param {StatusContext} context */
const ranOf = ({ times }) => times?.ranMs ?? 0;
/** @param {StatusContext} context */
const waitedOf = ({ times }) => times?.waitedMs ?? 0;
/** @param {StatusContext} context */
const waitsOf = ({ times }) => times?.waits ?? 0;

/** @param {GroupRow} row */
function stateOf({ contexts }) {
  return contexts[0]?.state ?? '–';
}

/** @param {GroupRow} row */
function longestOf({ contexts }) {
  return Math.max(...contexts.map(({ stateMs }) => stateMs));
}

/** @param {GroupRow} row */
function worksOf(row) {
  return firstAndMore(distinct(row, workOf));
}

/** @param {GroupRow} row */
function subjectsOf(row) {
  const subjects = distinct(row, ({ waitsFor }) => waitsFor ?? '–');
  return subjects.length > 1 && subjects.every((each) => each.startsWith('promise #'))
    ? `${subjects.length} different promises`
    : firstAndMore(subjects);
}

/**
 * @param {GroupRow} row
 * @param {(context: StatusContext) => string} read
 */
function distinct({ contexts }, read) {
  return [...new Set(contexts.map(read))];
}

/** @param {readonly string[]} texts */
function firstAndMore([first = '–', ...others]) {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
