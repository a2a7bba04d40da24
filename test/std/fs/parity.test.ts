import fs from 'node:fs';

import greenFs, { createGreenFs } from '../../../src/std/fs/index.ts';
import { describeParity } from '../parity/parity.ts';
import { ALL_CASES, DATA_CASES } from './cases.ts';

describeParity('fs', { own: fs, green: greenFs }, DATA_CASES);
describeParity(
  "fs with functions: 'all'",
  { own: fs, green: createGreenFs({ functions: 'all' }).namespace },
  ALL_CASES,
);
