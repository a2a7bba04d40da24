import { describe } from 'vitest';

import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { flows } from './flows.ts';
import { forwarded } from './proxied.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { throughProxy } from './routes.ts';
import { over } from './visits.ts';

describe("pulsar's client tests, through a proxy", () => {
  over(throughProxy, requests, bodies, responses, flows, connections, forwarded);
});
