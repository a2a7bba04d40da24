// A forked process that answers each message with one message.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export class Child<Question, Reply> {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** @returns the child, and the message by which it says that it is ready. */
  static async start<Question, Reply, Ready>(
    script: URL,
    args: string[],
  ): Promise<{ child: Child<Question, Reply>; ready: Ready }> {
    const execArgv = [...process.execArgv, '--expose-gc'];
    const child = new Child<Question, Reply>(fork(fileURLToPath(script), args, { execArgv }));
    return { child, ready: (await child.#nextMessage()) as Ready };
  }

  async ask(question: Question): Promise<Reply> {
    const reply = this.#nextMessage();
    this.#process.send(question as object);
    return (await reply) as Reply;
  }

  async close(): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.disconnect();
    await exit;
  }

  async #nextMessage(): Promise<unknown> {
    const done = new AbortController();
    const { signal } = done;
    try {
      return await Promise.race([
        once(this.#process, 'message', { signal }).then(([message]) => message as unknown),
        once(this.#process, 'exit', { signal }).then(([code, by]) => {
          throw new Error(`${this.#process.spawnargs.slice(1).join(' ')} ended with ${code ?? by}`);
        }),
      ]);
    } finally {
      done.abort();
    }
  }
}
