// Whom the client trusts, over TLS: httpbin's certificate is signed by an authority that nothing trusts by default.

import { expect } from 'vitest';

import { failureOf } from '../both-modes.ts';
import { ca } from '../tls.ts';
import type { Declare } from './visits.ts';

export function verify(it: Declare): void {
  it('refuses a certificate that it cannot verify, unless told whom to trust, or not to verify', async ({ open }) => {
    const session = open({ tls: {} });
    const refused = await failureOf(session.ask((client) => client.get('plaintext')));
    expect(refused).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS', phase: 'connect' });
    for (const tls of [{ verify: false }, { ca }]) {
      expect((await session.ask((client) => client.get('plaintext', { tls }))).text()).toBe('Hello, World!');
    }
    const again = await failureOf(session.ask((client) => client.get('plaintext')));
    expect(again).toMatchObject({ code: 'GREEN_ERR_HTTP_TLS' });
  });
}
