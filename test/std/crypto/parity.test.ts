import crypto from 'node:crypto';

import green from '../../../src/std/crypto/index.ts';
import { describeParity } from '../parity/parity.ts';
import { cases } from './cases.ts';

describeParity('crypto', { own: crypto, green }, cases);
