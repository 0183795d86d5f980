import { describe, expect, test } from '@jest/globals';
import { recordsTo, sequence } from '../../test/local/fake-stream.ts';
import type { Invocation } from '../lambda/invocation.ts';
import { toOutcome } from './batch-response.ts';

const records = recordsTo(5);
const answered = (payload: unknown): Invocation => ({ requestId: 'r', ok: true, payload });
const failures = (...identifiers: unknown[]) => ({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });
const done = undefined;
const everything = 0;

describe('the response to a batch:', () => {
  test.each<[string, unknown, number | undefined]>([
    ['null', null, done],
    ['an empty object', {}, done],
    ['an empty list', failures(), done],
    ['null for a list', { batchItemFailures: null }, done],
    ['the third record', failures(sequence(3)), 2],
    ['several records: the lowest counts', failures(sequence(5), sequence(2), sequence(4)), 1],
    ['the first record', failures(sequence(1)), everything],
    ['a record that is not in the batch', failures(sequence(9)), everything],
    ['a known and an unknown record', failures(sequence(3), sequence(9)), everything],
    ['an empty identifier', failures(''), everything],
    ['null for an identifier', failures(null), everything],
    ['another key', { batchItemFailures: [{ sequenceNumber: sequence(3) }] }, everything],
    ['null for a failure', { batchItemFailures: [null] }, everything],
    ['a list where an object should be', [sequence(3)], everything],
    ['text', 'ok', everything],
    ['text for a list', { batchItemFailures: 'none' }, everything],
  ])('%s', (_, payload, failedFrom) => {
    expect(toOutcome(records, answered(payload), true).failedFrom).toBe(failedFrom);
  });

  test('is ignored if the mapping does not ask for it', () =>
    expect(toOutcome(records, answered(failures(sequence(3))), false)).toEqual({ requestId: 'r', isError: false }));

  test.each([true, false])('an error fails the batch (reports failures: %s)', (reportsFailures) => {
    const failed: Invocation = { requestId: 'r', ok: false, error: { errorType: 'Error', errorMessage: 'no' } };
    expect(toOutcome(records, failed, reportsFailures)).toEqual({ requestId: 'r', isError: true, failedFrom: 0 });
  });
});
