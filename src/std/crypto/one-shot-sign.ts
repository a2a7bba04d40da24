// sign(algorithm, data, key): with RSA keys, 0.7 ms of computing for 2048 bits and 4 ms for 4096.

import { asGivenNow, bytesOf, type Computation, type Planner } from '../cpu-twin.ts';
import { knownOriginal } from './originals.ts';
import { type SignChoice, type SigningKey, signingKey } from './private-keys.ts';
import { orOriginal } from './slow-functions.ts';

export function signPlanner(choice: SignChoice): Planner {
  return ([algorithm, data, given, callback]) => {
    if (callback !== undefined || bytesOf(data) < 0) return null;
    if (algorithm !== undefined && algorithm !== null && typeof algorithm !== 'string') return null;
    const key = signingKey(given, choice);
    return key === null ? null : signing(algorithm, asGivenNow(data), key, (signature) => signature);
  };
}

/** Signs on the pool, or here where the key has turned out to be a quick one. */
export function signing(
  algorithm: string | null | undefined,
  data: unknown,
  { key, slow }: SigningKey,
  shape: (signature: Buffer) => unknown,
): Computation {
  const sign = knownOriginal('sign');
  return {
    begin: (done) => {
      const finish = orOriginal(done);
      if (slow)
        sign(algorithm, data, key, (error: unknown, value: Buffer) => finish(error, error ? null : shape(value)));
      else done(null, shape(sign(algorithm, data, key) as Buffer));
    },
  };
}
