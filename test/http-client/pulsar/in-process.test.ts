import { describe } from 'vitest';

import { bodies } from './bodies.ts';
import { flows } from './flows.ts';
import { requests } from './requests.ts';
import { responses } from './responses.ts';
import { inProcess } from './routes.ts';
import { over } from './visits.ts';

describe("pulsar's client tests, in this process", () => {
  over(inProcess, requests, bodies, responses, flows);
});
