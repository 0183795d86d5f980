import { beforeEach, expect, test } from '@jest/globals';
import { domain } from '../domain/index.ts';
import { edgeOf, type Reply } from '../support/read-edge.ts';
import type { Asked } from '../support/read-lambda.ts';
import { memoryStores } from '../support/read-taps.ts';

export const placement = { customerId: 'cleo', lines: [{ productId: 'book', sellerId: 'ada', priceCents: 2990, freightCents: 410 }] };
export const oddNames = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', ''];
export const badIds = [
  '',
  '-',
  '-a',
  '.',
  '..',
  ' ',
  'a b',
  'a/b',
  'a#b',
  'ä',
  '漢',
  'a\u0000',
  'a\n',
  'x'.repeat(129),
  '%',
  '<script>',
  "'; --",
];
export const badCursors = ['x', '%', 'e30', 'W10', 'null', '-1', 'a'.repeat(5000), '', 'WyJhIiwiYiIsImMiXQ'];
/** None of them is a whole number from 1. */
export const badNumbers = ['0', '-1', '1.5', '1e3', 'x', '', ' 1', '9'.repeat(20), 'NaN', 'Infinity', '0x10', '1,2', '١'];

/** A bad request, and the status and code that it gets. */
export interface Bad {
  readonly route: string;
  readonly asked: Asked;
  readonly gives: readonly [status: number, code: string];
}
export type Rows = readonly (readonly [title: string, row: Bad])[];

export const each = <T>(title: string, values: readonly T[], toRow: (value: T) => Bad): Rows =>
  values.map((value) => [`${title} ${JSON.stringify(value).slice(0, 40)}`, toRow(value)]);

/** An API with one order, `there`, that was placed with the key `used`. */
export const edgeWithAnOrder = () => {
  const at: { edge: ReturnType<typeof edgeOf> } = { edge: edgeOf(domain, memoryStores()) };
  beforeEach(async () => {
    at.edge = edgeOf(domain, memoryStores());
    await at.edge.send('order', 'there', 'PlaceOrder', placement, { 'idempotency-key': 'used' });
    await at.edge.project();
    at.edge.writes.length = 0;
  });
  /** A problem document of this status and code; nothing was written. */
  const isProblem = ({ status, headers, body }: Reply, expected: number, code: string): void => {
    expect({ status, code: body?.code }).toEqual({ status: expected, code });
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-correlation-id': body.correlationId });
    expect(body).toMatchObject({ type: 'about:blank', title: expect.any(String), status: expected });
    expect(at.edge.writes).toEqual([]);
  };
  const tryRows = (rows: Rows): void => {
    test.each(rows)('%s', async (_, { route, asked, gives }) => isProblem(await at.edge.ask(route, asked), ...gives));
  };
  return { at, isProblem, tryRows };
};
