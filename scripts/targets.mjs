// What a script runs on: Node versions of node-versions.json, and kinds of context switch.

import { readFileSync } from 'node:fs';
import { ensureNode } from './nodes.mjs';
import { prebuild } from './prebuild.mjs';

const SWITCH_KINDS = ['id', 'tls', 'thread'];

/** For parseArgs(). */
export const TARGET_OPTIONS = {
  node: { type: 'string', multiple: true },
  switch: { type: 'string', multiple: true, default: SWITCH_KINDS },
};

/** The versions and kinds that the options name; all, if none. */
export function readTargets(values) {
  const known = JSON.parse(readFileSync(new URL('node-versions.json', import.meta.url), 'utf8'));
  const wanted = values.node ?? known;
  const versions = known.filter((version) => wanted.some((want) => `${version}.`.startsWith(`${want}.`)));
  if (versions.length < wanted.length) throw new Error(`--node must be one of ${known.join(', ')} or a prefix of one`);
  const wrong = values.switch.find((kind) => !SWITCH_KINDS.includes(kind));
  if (wrong) throw new Error(`--switch must be one of ${SWITCH_KINDS.join(', ')}, not ${wrong}`);
  return { versions, kinds: values.switch };
}

/** Node and the addon for it; or undefined, with a row that says so, because the other versions can still run. */
export function prepareNode(version, rows) {
  try {
    const node = ensureNode(version);
    prebuild(node);
    return node;
  } catch (error) {
    console.error(error);
    rows.push({ node: version, switch: '-', passed: 0, failed: 1, skipped: 0, seconds: 0, note: 'did not build' });
    return undefined;
  }
}
