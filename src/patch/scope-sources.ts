// Sources of ES modules that hand on what a scope has, to be evaluated in the process's main realm. Pure: the hooks' thread
// has it, too.

const SCOPE = (id: number): string => `globalThis[Symbol.for('greenroom.scopes')].get(${id})`;

/** One of Node's modules with `replaced` green. */
export function builtinSource(scope: number, name: string, replaced: readonly string[]): string {
  const lines = replaced.map(
    (each, at) => `const v${at} = m[${JSON.stringify(each)}]; export { v${at} as ${JSON.stringify(each)} };`,
  );
  return [
    `const m = ${SCOPE(scope)}.builtin(${JSON.stringify(name)});`,
    `export * from 'node:${name}';`,
    'export default m;',
    ...lines,
  ].join('\n');
}

/** The scope's copy of a CommonJS module, whose exports have `names`, as Node shows one to importers. */
export function commonJsSource(scope: number, filename: string, names: readonly string[]): string {
  const named = names.filter((name) => name !== 'default' && name !== 'module.exports');
  return [
    `const m = ${SCOPE(scope)}.load(${JSON.stringify(filename)});`,
    'const get = (name) => { try { return m[name]; } catch { return undefined; } };',
    'export { m as default, m as "module.exports" };',
    ...named.map(
      (name, at) => `const v${at} = get(${JSON.stringify(name)}); export { v${at} as ${JSON.stringify(name)} };`,
    ),
  ].join('\n');
}
