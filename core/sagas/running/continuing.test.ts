import { beforeEach, expect, test } from '@jest/globals';
import { fulfilment } from '../../../test/domain/fulfilment/saga.ts';
import { continueSagas, type WaitingTask } from './continuing.ts';

interface Case extends WaitingTask {
  readonly saga: string;
}
const unknown = { Error: 'UnknownDefinition', Cause: "this release has no step 'Pay'" };
let open: Case[];
let done: string[];
beforeEach(() => {
  done = [];
});
const run = (release: string, sagas = [fulfilment as never]) =>
  continueSagas<Case>({
    sagas,
    cases: {
      of: async (saga) => open.filter((one) => one.saga === saga),
      close: async ({ token }) => {
        done.push(`close ${token}`);
        open = open.filter((one) => one.token !== token);
      },
    },
    retry: async (token) => void done.push(`retry ${token}`),
    release,
  });

test('a task that another release did not know is tried again, then its case is closed', async () => {
  open = [{ saga: 'fulfilment', token: 't1', failed: unknown, release: 'old' }];
  expect(await run('new')).toBe(1);
  expect(done).toEqual(['retry t1', 'close t1']);
  expect(await run('new')).toBe(0);
});

test('a task that this release did not know waits', async () => {
  open = [{ saga: 'fulfilment', token: 't1', failed: unknown, release: 'new' }];
  expect(await run('new')).toBe(0);
  expect(done).toEqual([]);
});

test('a case of an earlier version of the framework does not name its release, and is tried once', async () => {
  open = [{ saga: 'fulfilment', token: 't1', failed: unknown }];
  expect(await run('new')).toBe(1);
});

test.each([[{ Error: 'Lambda.Unknown' }], [undefined], [null], ['UnknownDefinition'], [{}]])(
  'a task that failed for another reason (%j) is left to the operator',
  async (failed) => {
    open = [{ saga: 'fulfilment', token: 't1', failed, release: 'old' }];
    expect(await run('new')).toBe(0);
    expect(done).toEqual([]);
  },
);

test('the cases of a saga under its former name are found', async () => {
  open = [{ saga: 'shipping', token: 't1', failed: unknown, release: 'old' }];
  expect(await run('new', [{ ...fulfilment, formerly: 'shipping' } as never])).toBe(1);
});

test('a case stays open if its task could not be tried again', async () => {
  open = [{ saga: 'fulfilment', token: 't1', failed: unknown, release: 'old' }];
  const failing = continueSagas<Case>({
    ...{ sagas: [fulfilment as never], release: 'new' },
    cases: { of: async () => open, close: async () => void done.push('close') },
    retry: async () => Promise.reject(new Error('throttled')),
  });
  await expect(failing).rejects.toThrow('throttled');
  expect(done).toEqual([]);
});
