// What is compared. Each variant gets a client process of its own for each scenario: two clients in one process share
// inline caches, a heap and, of undici's, the code; the first one to run would shape the second one's.

export const VARIANTS = [
  'undici-request',
  'undici-request-again',
  'green',
  'green-run',
  'promise',
  'undici-dispatch',
  'undici-fetch',
  'got',
  'axios',
] as const;

export type Variant = (typeof VARIANTS)[number];

/** Every ratio is over this one. */
export const REFERENCE: Variant = 'undici-request';

/** The reference's twin: its ratio is noise. */
export const CONTROL: Variant = 'undici-request-again';

export const WORK: Readonly<Record<Variant, string>> = {
  'undici-request': 'await request(), await body.json()',
  'undici-request-again': 'A/A control: the same once more',
  green: 'http.get().json() in contexts that go on',
  'green-run': 'the same, a run() for each call',
  promise: '(await http.get()).json()',
  'undici-dispatch': 'bare dispatch() and one promise: the floor',
  'undici-fetch': 'await fetch(), await response.json()',
  got: 'await got().json()',
  axios: '(await axios.get()).data',
};

export type BodySize = 'small' | 'large';

export interface Scenario {
  readonly size: BodySize;
  /** Requests under way at any time. */
  readonly concurrency: number;
}

export const SCENARIOS: readonly Scenario[] = [
  { size: 'small', concurrency: 50 },
  { size: 'small', concurrency: 1 },
  { size: 'large', concurrency: 50 },
  { size: 'large', concurrency: 1 },
];

export function nameOf({ size, concurrency }: Scenario): string {
  return `${size}-${concurrency}`;
}

/** The scenarios to run: one by name, or all. */
export function selectScenarios(only: string | undefined): readonly Scenario[] {
  const selected = SCENARIOS.filter((scenario) => only === undefined || nameOf(scenario) === only);
  if (selected.length > 0) return selected;
  throw new Error(`--only takes one of: ${SCENARIOS.map(nameOf).join(', ')}`);
}

/** The variants to run: those named, or all. Reference and control are always among them. */
export function selectVariants(names: string | undefined): readonly Variant[] {
  if (names === undefined) return VARIANTS;
  const wanted = names.split(',');
  const unknown = wanted.find((name) => !(VARIANTS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--variants takes some of: ${VARIANTS.join(',')}; not ${unknown}`);
  return VARIANTS.filter((variant) => variant === REFERENCE || variant === CONTROL || wanted.includes(variant));
}
