import { describe } from 'vitest';

import { bodies } from './bodies.ts';
import { connections, crowds } from './connections.ts';
import { earlyAnswers } from './early-answers.ts';
import { flows } from './flows.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { plain } from './routes.ts';
import { over } from './visits.ts';

describe("pulsar's client tests, by plain http", () => {
  over(plain, requests, bodies, responses, flows, connections, crowds, earlyAnswers);
});
