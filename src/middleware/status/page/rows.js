// What the table lists: contexts, or groups of contexts that are suspended in the same place.

/** @typedef {import('./history.js').StatusSnapshot} StatusSnapshot */
/** @typedef {import('../context-sample.ts').StatusContext} StatusContext */
/** @typedef {{ key: string, context: StatusContext, frames: readonly string[] }} ContextRow */
/** @typedef {{ key: string, contexts: readonly StatusContext[], frames: readonly string[] }} GroupRow */

/**
 * @param {StatusSnapshot} snapshot
 * @param {string} filter
 * @param {string} pool - its name; '' for all
 * @returns {ContextRow[]}
 */
export function contextRows({ contexts, stacks }, filter, pool) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return contexts
    .map((context) => ({ key: String(context.id), context, frames: stacks[context.stack] ?? [] }))
    .filter((row) => pool === '' || row.context.pool === pool)
    .filter((row) => words.length === 0 || matches(row, words));
}

/**
 * @param {readonly ContextRow[]} rows
 * @returns {GroupRow[]}
 */
export function groupRows(rows) {
  /** @type {Map<string, { key: string, contexts: StatusContext[], frames: readonly string[] }>} */
  const groups = new Map();
  for (const { context, frames } of rows) {
    const key = `${context.state}\n${frames.join('\n')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, contexts: [context], frames });
    else group.contexts.push(context);
  }
  return [...groups.values()];
}

/**
 * Every word must be somewhere.
 *
 * @param {ContextRow} row
 * @param {readonly string[]} words
 */
function matches({ context, frames }, words) {
  const { id, pool, label, state, waitsFor } = context;
  const text = [`#${id}`, pool, label, state, waitsFor, ...frames].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}
