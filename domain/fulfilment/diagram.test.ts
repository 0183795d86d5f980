import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sagaPage } from 'foldstream/testing';
import { fulfilment } from './saga.ts';

test('docs/sagas/fulfilment.md shows the saga as it is: npm run sagas:graph writes it', () =>
  expect(readFileSync('docs/sagas/fulfilment.md', 'utf8')).toBe(sagaPage(fulfilment)));

test('no page shows a saga that is gone', () => expect(readdirSync('docs/sagas')).toEqual(['fulfilment.md']));
