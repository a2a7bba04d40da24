// Wrappers go by the name of what they wrap: tracing and route listings show it.

/** Gives `wrapper` the name of `wrapped`, and returns it. */
export function named<F extends object>(wrapper: F, { name }: { readonly name: string }): F {
  return Object.defineProperty(wrapper, 'name', { value: name, configurable: true });
}
