import { describe, expect, it } from 'vitest';

import { shortName, takesCopies } from '../../src/patch/late-copies.ts';

describe('takesCopies()', () => {
  const names = ['readFileSync', 'writeFileSync'];

  it.each([
    ['destructuring', "const { readFileSync } = require('fs');"],
    ['destructuring under another name', "const { readFileSync: read } = require('node:fs')\nread('x')"],
    ['destructuring an alias', "const fs = require('fs')\nconst { statSync, writeFileSync } = fs\n"],
    ['a member', "var write = require('fs').writeFileSync;"],
    ['a member of an alias', "var fs = require('fs'); exports.read = fs.readFileSync;"],
    ['a copy of everything', "const fs = require('fs');\nmodule.exports = Object.assign({}, fs)"],
    ['a clone', "var fs = require('fs')\nvar copy = clone(fs)"],
    ['spreading', "const fs = require('fs'); module.exports = { ...fs, extra: 1 };"],
    [
      'Babel’s `import *`',
      'var fs = _interopRequireWildcard(require("fs"));\nexports.load = () => fs.readFileSync("x");',
    ],
  ])('sees %s', (_what, source) => {
    expect(takesCopies(source, 'fs', names)).toBe(true);
  });

  it.each([
    ['calls', "const fs = require('fs');\nconst text = fs.readFileSync('x');\nrequire('fs').writeFileSync('y', text);"],
    ['functions that are not patched', "const { statSync } = require('fs'); const stat = require('fs').lstatSync;"],
    ['other modules', "const { readFileSync } = require('graceful-fs');"],
    ['members of members', "const { writeFile } = require('fs').promises; const on = fs.readFileSync.name;"],
    ['copies of something else', "const fs = require('fs'); Object.assign({}, options); clone(other);"],
    [
      'other uses of Babel’s `import *`',
      'var fs = _interopRequireWildcard(require("fs"));\nfs.default.readFileSync("x");',
    ],
  ])('is not misled by %s', (_what, source) => {
    expect(takesCopies(source, 'fs', names)).toBe(false);
  });

  it('does not mind who copies what hardly ever suspends', () => {
    const source = "const { randomBytes } = require('crypto'); const { randomFillSync } = require('crypto');";
    expect(takesCopies(source, 'crypto', ['randomBytes', 'randomFillSync', 'pbkdf2Sync'])).toBe(false);
    expect(takesCopies(source, 'crypto', ['randomBytes', 'randomFillSync'])).toBe(false);
  });
});

describe('shortName()', () => {
  it('names a file by its package', () => {
    expect(shortName('/srv/app/node_modules/a/node_modules/@s/b/lib/x.js')).toBe('@s/b/lib/x.js');
    expect(shortName('/srv/app/server.js')).toBe('/srv/app/server.js');
  });
});
