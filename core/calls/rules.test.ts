import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { payment } from '../../test/domain/payment/decider.ts';
import type { AnyCalls } from './calls.ts';
import { faultOfCalls } from './rules.ts';

const faultOf = (more: Partial<AnyCalls>) => faultOfCalls([payment], { name: 'bank', of: payment, on: {}, ...more });
const row = () => null;

test.each<[Partial<AnyCalls>]>([
  [{}],
  [{ limits: {} }],
  [{ limits: { concurrency: 2, ratePerSecond: 0.1 } }],
  [{ limits: { concurrency: 1000, ratePerSecond: 1000 } }],
  [{ credentials: { header: 'Authorization' } }],
  [{ credentials: { header: 'x-api-key' } }],
  [{ credentials: { oauth: { tokenUrl: '/oauth/token' } } }],
  [{ credentials: { oauth: { tokenUrl: 'https://login.example/token' } } }],
  [{ credentials: { hmac: { header: 'x-signature', algorithm: 'sha512' } } }],
  [{ to: [payment], answers: { 200: z.object({}), 402: z.object({}) }, answered: { 200: row, 402: row } }],
])('%j may be', (more) => expect(faultOf(more)).toBeUndefined());

test.each<[Partial<AnyCalls>, string]>([
  [{ limits: { concurrency: 1 } }, 'its concurrency is a whole number from 2 to 1000'],
  [{ limits: { concurrency: 1001 } }, 'its concurrency is a whole number from 2 to 1000'],
  [{ limits: { concurrency: 2.5 } }, 'its concurrency is a whole number from 2 to 1000'],
  [{ limits: { ratePerSecond: 0 } }, 'its ratePerSecond is a number from 0.1 to 1000'],
  [{ limits: { ratePerSecond: Number.NaN } }, 'its ratePerSecond is a number from 0.1 to 1000'],
  [{ limits: { ratePerSecond: 1001 } }, 'its ratePerSecond is a number from 0.1 to 1000'],
  [{ credentials: { header: 'Idempotency-Key' } }, "the service writes the header 'Idempotency-Key' itself"],
  [{ credentials: { header: 'host' } }, "the service writes the header 'host' itself"],
  [{ credentials: { header: 'a b' } }, "'a b' is no name of a header"],
  [{ credentials: { hmac: { header: '', algorithm: 'sha256' } } }, "'' is no name of a header"],
  [
    { credentials: { oauth: { tokenUrl: 'http://login.example' } } },
    "its tokenUrl 'http://login.example' is neither a path nor an https URL",
  ],
  [{ credentials: { oauth: { tokenUrl: '//login.example' } } }, "its tokenUrl '//login.example' is neither a path nor an https URL"],
  [{ answers: { 429: z.object({}) }, answered: { 429: row } }, '429 is no answer: the call is made again, or refused'],
  [{ answers: { 401: z.object({}) }, answered: { 401: row } }, '401 is no answer: the call is made again, or refused'],
  [{ answers: { 302: z.object({}) }, answered: { 302: row } }, '302 is no answer: the call is made again, or refused'],
  [{ answers: { 200: z.object({}) } }, "the answer 200 needs a schema in 'answers' and a row in 'answered'"],
  [{ answered: { 200: row } }, "the answer 200 needs a schema in 'answers' and a row in 'answered'"],
])('%j cannot be: %s', (more, fault) => expect(faultOf(more)).toBe(fault));

test('an answer causes commands to aggregates of the domain only', () =>
  expect(faultOfCalls([], { name: 'bank', of: payment, on: {}, to: [payment] })).toBe(
    "its answers cause commands to 'payment', which is no aggregate here",
  ));
