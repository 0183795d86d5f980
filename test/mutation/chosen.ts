/** A checker for Stryker: of the mutants of a file only those whose numbers the tool names are run. */
class Chosen {
  readonly #numbers = new Set((process.env['FOLDSTREAM_MUTANTS'] ?? '').split(','));

  async init(): Promise<void> {}

  async check(mutants: readonly { readonly id: string }[]): Promise<Record<string, { status: string; reason?: string }>> {
    return Object.fromEntries(
      mutants.map(({ id }) => [id, this.#numbers.has(id) ? { status: 'passed' } : { status: 'compileError', reason: 'not chosen' }]),
    );
  }
}

export const strykerPlugins = [{ kind: 'Checker', name: 'chosen', injectableClass: Chosen }];
