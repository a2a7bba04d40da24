// node:domain keeps one stack of entered domains per process. A context that suspends inside domain.run() takes the
// domains it has entered off that stack, and puts them back when it is resumed. Does nothing, and does not load
// node:domain, unless the program uses it.

interface Domain {
  enter(): void;
  exit(): void;
}

export class DomainSwaps {
  /** How many domains the stepper had entered when this slice of the context began. */
  #base = 0;
  #entered: Domain[] | null = null;

  begin(): void {
    this.#base = domainStack()?.length ?? 0;
  }

  leave(): void {
    const stack = domainStack();
    if (stack === null || stack.length <= this.#base) return;
    this.#entered = stack.slice(this.#base);
    for (const domain of this.#entered.toReversed()) domain.exit();
  }

  enter(): void {
    this.begin();
    if (this.#entered === null) return;
    for (const domain of this.#entered) domain.enter();
    this.#entered = null;
  }
}

function domainStack(): Domain[] | null {
  // Set only while some domain is entered, hence only if the module is loaded.
  if ((process as { domain?: unknown }).domain == null) return null;
  return (process.getBuiltinModule('node:domain') as unknown as { _stack: Domain[] })._stack;
}
