// In place of `@jest/globals` where test files are loaded without Jest (scenarios.ts): no test runs, and only `describe` calls its body.

type Anything = (...args: readonly unknown[]) => Anything;

/** Each of its fields and each of its answers is itself. It cannot be awaited, or the file that awaits it would wait for ever. */
const anything: Anything = new Proxy((): Anything => anything, {
  get: (_, name) => (name === 'then' || typeof name === 'symbol' ? undefined : anything),
});

export const describe = new Proxy(anything, {
  apply: (_, _self, [, body]: readonly unknown[]) => {
    if (typeof body === 'function') body();
    return anything;
  },
});
export const [test, it, expect, jest] = [anything, anything, anything, anything];
export const [beforeAll, beforeEach, afterAll, afterEach] = [anything, anything, anything, anything];
export const [fdescribe, xdescribe, fit, xit, xtest] = [anything, anything, anything, anything, anything];

Object.assign(globalThis, { describe, test, it, expect, jest, beforeAll, beforeEach, afterAll, afterEach });
