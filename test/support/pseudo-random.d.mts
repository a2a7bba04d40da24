export function pseudoRandom(seed: number): () => number;
