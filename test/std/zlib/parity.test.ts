import zlib from 'node:zlib';

import green from '../../../src/std/zlib/index.ts';
import { describeParity } from '../parity/parity.ts';
import { cases } from './cases.ts';

describeParity('zlib', { own: zlib, green }, cases);
