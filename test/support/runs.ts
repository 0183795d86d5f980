/** How often a law is tried. FOLDSTREAM_RUNS multiplies it: `npm run test:soak`. */
export const runs = (usual: number): { readonly numRuns: number } => ({
  numRuns: Math.ceil(usual * Number(process.env['FOLDSTREAM_RUNS'] ?? 1)),
});
