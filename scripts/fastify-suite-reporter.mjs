// A reporter for `node --test`: one line of JSON per test that has ended.

// biome-ignore lint/style/noDefaultExport: what --test-reporter loads.
export default async function* report(source) {
  const parents = new Map();
  for await (const { type, data } of source) {
    const names = parents.get(data.file) ?? [];
    if (type === 'test:start') {
      names.length = data.nesting;
      names[data.nesting] = data.name;
      parents.set(data.file, names);
    }
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue;
    const name = [...names.slice(0, data.nesting), data.name].join(' > ');
    const outcome = data.skip === undefined && data.todo === undefined ? type.slice('test:'.length) : 'skip';
    const { error } = data.details;
    const why = error === undefined ? undefined : String(error.cause?.message ?? error.cause ?? error.message);
    yield `${JSON.stringify({ file: data.file, name, outcome, why })}\n`;
  }
}
