// One of many clients at once, of which some behave badly: they pipeline, read slowly, go away in the middle of a request
// or of a reply. Each says what became of every request it sent.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Tally {
  /** Answered in full, with the right id. */
  answered: number;
  /** The connection was closed before the answer was complete: by the server. */
  closed: number;
  /** The client itself went away. */
  left: number;
  /** An answer to another request, or more than one. */
  wrong: string[];
}

export interface LoadOptions {
  readonly port: number;
  readonly random: () => number;
  readonly nextId: () => number;
  readonly tally: Tally;
}

type Behaviour = (options: LoadOptions) => Promise<void>;

const BODY = (length: number): string => JSON.stringify({ text: 'y'.repeat(length) });

function get(path: string, id: number, dice: number): string {
  return `GET ${path}?id=${id}&dice=${dice.toFixed(3)} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
}

function post(id: number, length: number, sent = Number.POSITIVE_INFINITY): string {
  const body = BODY(length);
  const head = `POST /body?id=${id} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  return `${head}content-length: ${body.length}\r\n\r\n${body.slice(0, sent)}`;
}

/** Reads whole responses off a socket, in order. */
class Responses {
  #text = '';
  #ended: boolean;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#ended = socket.destroyed;
    socket.setEncoding('latin1').on('data', (data) => {
      this.#text += data;
      this.#wake();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The next response's head and body; null if the connection closes before it is complete. */
  async next(): Promise<{ head: string; body: string } | null> {
    for (;;) {
      const response = this.#take();
      if (response !== null) return response;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  get rest(): string {
    return this.#text;
  }

  #take(): { head: string; body: string } | null {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const head = this.#text.slice(0, end);
    const length = /^content-length: (\d+)/im.exec(head);
    const from = end + 4;
    if (length !== null) {
      const to = from + Number(length[1]);
      if (this.#text.length < to) return null;
      const body = this.#text.slice(from, to);
      this.#text = this.#text.slice(to);
      return { head, body };
    }
    const to = this.#text.indexOf('\r\n0\r\n\r\n', from - 2);
    if (to < 0) return null;
    const body = this.#text.slice(from, to);
    this.#text = this.#text.slice(to + 7);
    return { head, body };
  }
}

async function open({ port }: LoadOptions): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

async function expectAnswer(responses: Responses, id: number, { tally }: LoadOptions): Promise<boolean> {
  const response = await responses.next();
  if (response === null) {
    tally.closed++;
    return false;
  }
  const answeredId = /^x-id: (\d+)/im.exec(response.head)?.[1] ?? /"id":"(\d+)"/.exec(response.body)?.[1];
  const refused = /^HTTP\/1.1 503/.test(response.head);
  if (!refused && answeredId !== String(id))
    tally.wrong.push(`${id} got ${response.head.slice(0, 60)}, id ${answeredId}`);
  tally.answered++;
  return true;
}

function close(socket: Socket, responses: Responses, { tally }: LoadOptions): void {
  if (responses.rest !== '') tally.wrong.push(`more than was asked for: ${responses.rest.slice(0, 60)}`);
  socket.destroy();
}

function request(path: string, id: number, random: () => number): string {
  return path === '/body' ? post(id, Math.floor(random() * 20_000)) : get(path, id, random());
}

const PATHS = ['/wait', '/body', '/upstream', '/stream', '/write'];
const pathOf = (random: () => number): string => PATHS[Math.floor(random() * PATHS.length)] as string;

const keepAlive: Behaviour = async (options) => {
  const { random, nextId } = options;
  const socket = await open(options);
  const responses = new Responses(socket);
  for (let i = 0; i < 5; i++) {
    const id = nextId();
    socket.write(request(pathOf(random), id, random));
    if (!(await expectAnswer(responses, id, options))) return;
  }
  close(socket, responses, options);
};

const pipelined: Behaviour = async (options) => {
  const { random, nextId } = options;
  const socket = await open(options);
  const responses = new Responses(socket);
  const ids = Array.from({ length: 5 }, nextId);
  socket.write(ids.map((id) => request(pathOf(random), id, random)).join(''));
  for (const id of ids) await expectAnswer(responses, id, options);
  close(socket, responses, options);
};

const slowReader: Behaviour = async (options) => {
  const { random, nextId } = options;
  const socket = await open(options);
  const responses = new Responses(socket);
  const id = nextId();
  socket.pause();
  socket.write(get(random() < 0.5 ? '/stream' : '/write', id, random()));
  await sleep(random() * 300);
  socket.resume();
  await expectAnswer(responses, id, options);
  close(socket, responses, options);
};

const leaves: Behaviour = async (options) => {
  const { random, nextId, tally } = options;
  const socket = await open(options);
  const count = random() < 0.3 ? 3 : 1;
  for (let i = 0; i < count; i++) socket.write(request(pathOf(random), nextId(), random));
  if (random() < 0.3) socket.pause();
  await sleep(random() * 30);
  tally.left += count;
  if (random() < 0.5) socket.resetAndDestroy();
  else socket.destroy();
};

const halfBody: Behaviour = async (options) => {
  const { random, nextId, tally } = options;
  const socket = await open(options);
  socket.write(post(nextId(), 5000, Math.floor(random() * 4000)));
  await sleep(random() * 30);
  tally.left++;
  socket.destroy();
};

const rubbish: Behaviour = async (options) => {
  const { nextId, tally } = options;
  const socket = await open(options);
  nextId();
  socket.write('GET /wait?id=0 HTTP/9.9\r\nrubbish\0\r\n\r\n');
  const response = await new Responses(socket).next();
  if (response !== null && !/^HTTP\/1.1 [45]\d\d/.test(response.head)) tally.wrong.push(`rubbish got ${response.head}`);
  tally.closed++;
  socket.destroy();
};

const BEHAVIOURS: readonly [share: number, behaviour: Behaviour][] = [
  [0.45, keepAlive],
  [0.15, pipelined],
  [0.1, slowReader],
  [0.2, leaves],
  [0.07, halfBody],
  [0.03, rubbish],
];

/** Behaves in one way or another until `more` says that it is enough. */
export async function behave(options: LoadOptions, more: () => boolean): Promise<void> {
  while (more()) {
    let dice = options.random();
    const found = BEHAVIOURS.find(([share]) => {
      dice -= share;
      return dice < 0;
    });
    await (found?.[1] ?? keepAlive)(options);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
