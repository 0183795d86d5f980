const factor = process.env['FOLDSTREAM_RUNS'];

/** How often a law is tried: `usual` times in `npm test`, and `soaked` times FOLDSTREAM_RUNS in `npm run test:soak`. */
export const runs = (usual: number, soaked = usual): { readonly numRuns: number } => ({
  numRuns: factor === undefined ? usual : Math.ceil(soaked * Number(factor)),
});

/**
 * The cases of a test that tries very many: all of them in `npm run test:soak`, and in `npm test` every `oneIn`-th. FOLDSTREAM_SEED is the
 * place of the first, so that `FOLDSTREAM_SEED=1 npm test` tries others.
 */
export const sampled = <T>(cases: readonly T[], oneIn: number): readonly T[] => {
  const first = Number(process.env['FOLDSTREAM_SEED'] ?? 0);
  return factor === undefined ? cases.filter((_, place) => (place + first) % oneIn === 0) : cases;
};

/** A number of writers, steps or the like: `many` in `npm run test:soak`, `few` in `npm test`. */
export const fewer = (few: number, many: number): number => (factor === undefined ? few : many);
