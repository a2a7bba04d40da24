import { describe } from 'vitest';

import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { earlyAnswers } from './early-answers.ts';
import { flows } from './flows.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { overTls } from './routes.ts';
import { verify } from './verify.ts';
import { over } from './visits.ts';

describe("pulsar's client tests, over TLS", () => {
  over(overTls, requests, bodies, responses, flows, connections, earlyAnswers, verify);
});
