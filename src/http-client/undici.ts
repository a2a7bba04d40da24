// The only file that loads undici, at the first request: importing greenroom/http-client stays cheap.
//
// It takes undici's Agent module, not its main entry: that one would fill Symbol.for('undici.globalDispatcher.1'), and
// from then on the application's own fetch() would run on our undici (nodejs/undici#5520). What must be kept:
// test/http-client/undici.test.ts. undici 7 has no `exports` map, so the path is reachable.

import { createRequire } from 'node:module';
import type { Agent } from 'undici';

let AgentClass: typeof Agent | undefined;

/** Creates an undici Agent. Loads undici if nothing has yet. Never suspends. */
export function newAgent(options: Agent.Options): Agent {
  AgentClass ??= createRequire(import.meta.url)('undici/lib/dispatcher/agent.js') as typeof Agent;
  return new AgentClass(options);
}
