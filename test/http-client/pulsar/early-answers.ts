// What takes the place of Expect: 100-continue: the server's answer ends the sending of a body that it does not want.

import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'vitest';

import type { HttpBodyInput } from '../../../src/http-client/index.ts';
import { wait } from '../../../src/pool/index.ts';
import { deferred } from '../servers.ts';
import type { Declare } from './visits.ts';

export function earlyAnswers(it: Declare): void {
  it('stops sending a body when the answer is there', async ({ open }) => {
    const session = open();
    const stopped = deferred();
    const body: HttpBodyInput = session.green ? endless(stopped.resolve) : endlessLater(stopped.resolve);
    const response = await session.ask((client) => client.post('refuse', { body }));
    expect([response.status, response.text()]).toEqual([413, 'unread']);
    await stopped.promise;
    expect((await session.ask((client) => client.get('plaintext'))).text()).toBe('Hello, World!');
  });
}

function* endless(onStop: () => void): Generator<string> {
  try {
    for (;;) {
      yield 'x'.repeat(1000);
      wait(turn());
    }
  } finally {
    onStop();
  }
}

async function* endlessLater(onStop: () => void): AsyncGenerator<string> {
  try {
    for (;;) {
      yield 'x'.repeat(1000);
      await turn();
    }
  } finally {
    onStop();
  }
}
