import { describe, expect, it } from 'vitest';
import { fixturePath, outputOf } from '../support/child.ts';

// As an extra root certificate, which is loaded into the store that the trap is about.
const env = { NODE_EXTRA_CA_CERTS: fixturePath('native/tls-cert.pem') };

describe('TLS', () => {
  it.each(['context', 'main'])('is used by contexts and the main stack in turn, first on a %s stack', async (first) => {
    expect(await outputOf('native/tls-clients.mjs', { args: [first], env })).toBe('done\n');
  });
});
