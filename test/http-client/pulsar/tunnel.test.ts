import { describe } from 'vitest';

import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { flows } from './flows.ts';
import { tunnelled } from './proxied.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { throughTunnel } from './routes.ts';
import { verify } from './verify.ts';
import { over } from './visits.ts';

describe("pulsar's client tests, through a TLS tunnel", () => {
  over(throughTunnel, requests, bodies, responses, flows, connections, tunnelled, verify);
});
