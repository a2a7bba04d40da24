// A fixture under a debugger: starts it with --inspect-brk and speaks the inspector protocol to it.

import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'undici'; // Node 20 has no WebSocket of its own
import { fixturePath } from './child.ts';

export interface Pause {
  readonly reason: string;
  readonly hitBreakpoints?: readonly string[];
  readonly data?: { readonly description?: string };
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
    readonly location: { readonly scriptId: string; readonly lineNumber: number };
  }[];
}

export class InspectedChild {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #events = new EventEmitter();
  readonly #output: Promise<string>;
  readonly #pauses: Pause[] = [];
  readonly #urls = new Map<string, string>();
  #lastId = 0;

  static async start(fixture: string): Promise<InspectedChild> {
    const child = spawn(process.execPath, ['--inspect-brk=127.0.0.1:0', fixturePath(fixture)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for await (const line of createInterface(child.stderr)) {
      const url = /ws:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      child.stderr.resume();
      const socket = new WebSocket(url);
      await once(socket as unknown as EventTarget, 'open');
      return new InspectedChild(child, socket);
    }
    throw new Error('The child did not offer its inspector');
  }

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.#child = child;
    this.#socket = socket;
    this.#output = read(child);
    this.#output.catch(() => {}); // of interest only to who calls end()
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
  }

  /** Sends a command and resolves to its result. */
  async post(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const reply = once(this.#events, `reply ${id}`);
    this.#socket.send(JSON.stringify({ id, method, params }));
    const [{ result, error }] = await reply;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** The next pause, or the last one that nobody has asked for. */
  async paused(): Promise<Pause> {
    while (this.#pauses.length === 0) await once(this.#events, 'paused');
    return this.#pauses.shift() as Pause;
  }

  /** The URL of a script that a frame is in. */
  urlOf(scriptId: string): string {
    return this.#urls.get(scriptId) ?? '';
  }

  /** What `expression` is in the innermost frame of `pause`. */
  async evaluate({ callFrames }: Pause, expression: string): Promise<unknown> {
    const callFrameId = callFrames[0]?.callFrameId;
    const params = { callFrameId, expression, returnByValue: true };
    const { result } = (await this.post('Debugger.evaluateOnCallFrame', params)) as { result: { value: unknown } };
    return result.value;
  }

  /** Detaches. Resolves to what the child has printed, when it has ended by itself. */
  async end(): Promise<string> {
    this.#socket.close();
    return await this.#output;
  }

  kill(): void {
    this.#socket.close();
    this.#child.kill('SIGKILL');
  }

  #receive(message: string): void {
    const { id, method, params, ...reply } = JSON.parse(message);
    if (method === 'Debugger.paused') {
      this.#pauses.push(params);
      this.#events.emit('paused');
    } else if (method === 'Debugger.scriptParsed') {
      this.#urls.set(params.scriptId, params.url);
    } else if (id !== undefined) {
      this.#events.emit(`reply ${id}`, reply);
    }
  }
}

async function read(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`The child ended with ${code ?? signal}`);
  return text;
}
