// What the sync iterators of this folder have in common. They inherit from JavaScript's own iterators, so that where those
// have helpers (map(), take(): Node 22 and later) these have them, too.

/** An iterator for `for … of` and, since giving it up early means something, for `using`. */
export abstract class GreenIterator<T, TReturn, TNext> implements Iterator<T, TReturn, TNext>, Disposable {
  abstract next(...value: [] | [TNext]): IteratorResult<T, TReturn>;
  abstract return(value?: TReturn): IteratorResult<T, TReturn>;

  [Symbol.iterator](): this {
    return this;
  }

  /** As {@link return}. */
  [Symbol.dispose](): void {
    this.return();
  }
}

Object.setPrototypeOf(GreenIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([].values())));
