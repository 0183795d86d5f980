import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { hut } from '../../test/support/hut.ts';
import { versioned } from '../log/upcasting.ts';
import { defineDomain } from '../registry/domain.ts';
import type { AnyDecider } from '../write/decider.ts';
import { type AnswerShapes, answerShapes, compareAnswers } from './answers.ts';

const until = z.string();
const place = z.object({ bed: z.int(), until });
const shapesOf = (answers: object | undefined, locked: AnswerShapes = {}): AnswerShapes =>
  answerShapes(defineDomain({ deciders: [{ ...hut, answers } as unknown as AnyDecider], projections: [] }), locked, String);
const locked = shapesOf({ Book: place });
const said = (answers: object | undefined, before = locked) =>
  compareAnswers(before, shapesOf(answers, before)).map(({ severity, path, change }) => `${severity}: ${path} ${change}`);

test('the shape of each answer is locked, and of its older versions', () => {
  expect(locked).toMatchObject({ hut: { Book: { 1: { properties: { bed: { type: 'integer' } } } } } });
  const second = {
    Book: versioned(z.object({ bed: z.int(), until, room: z.int() }), { 1: { from: place, to: (old) => ({ ...old, room: 1 }) } }),
  };
  expect(shapesOf(second, locked)['hut']?.['Book']).toMatchObject({
    1: locked['hut']?.['Book']?.[1],
    2: { required: ['bed', 'until', 'room'] },
  });
  expect(said(second)).toEqual(['compatible: answer of hut.Book is at version 2']);
});

test('a decider without answers has nothing in the lock', () => {
  expect(shapesOf(undefined)).toEqual({});
  expect(shapesOf({})).toEqual({});
  expect(said({ Book: place })).toEqual([]);
});

test.each<[string, object | undefined, readonly string[]]>([
  ['a new answer', { Book: place, Close: until }, ['compatible: answer of hut.Close is new']],
  ['an optional field more', { Book: place.extend({ room: z.int().optional() }) }, ['compatible: answer of hut.Book.room added, optional']],
  ['a required field more', { Book: place.extend({ room: z.int() }) }, ['incompatible: answer of hut.Book.room added, required']],
  ['a field less', { Book: z.object({ bed: z.int() }) }, ['incompatible: answer of hut.Book.until removed']],
  ['a field that may be absent', { Book: place.partial({ until: true }) }, ['incompatible: answer of hut.Book.until is optional now']],
  ['another type', { Book: place.extend({ bed: z.string() }) }, ['incompatible: answer of hut.Book.bed']],
  ['no answer', {}, ['incompatible: answer of hut.Book was removed']],
  ['no answers', undefined, ['incompatible: answer of hut.Book was removed']],
])('%s', (_, answers, findings) => {
  expect(said(answers).map((one, index) => one.slice(0, findings[index]?.length))).toEqual(findings);
});

test('a field that a later version loses breaks clients, although stored answers can be read', () => {
  const Book = versioned(z.object({ bed: z.int() }), { 1: { from: place, to: ({ bed }) => ({ bed }) } });
  expect(said({ Book })).toEqual(['incompatible: answer of hut.Book.until removed', 'compatible: answer of hut.Book is at version 2']);
});

test('findings say what breaks, and the remedy', () => {
  const [required] = compareAnswers(locked, shapesOf({ Book: place.extend({ room: z.int() }) }));
  expect(required).toMatchObject({
    breaks: expect.stringMatching(/^a stored .*Book of version 1 may not fit/),
    remedy: expect.stringMatching(/^raise the version/),
  });
  const [removed] = compareAnswers(locked, shapesOf({ Book: z.object({ bed: z.int() }) }));
  expect(removed).toMatchObject({
    breaks: 'clients that know the old answer may not understand the new one',
    remedy:
      'an answer may only gain fields: give the new one to a new command, beside this one; if no client reads it, accept it with --incompatible',
  });
  expect(compareAnswers(locked, shapesOf({}))).toMatchObject([
    {
      breaks: 'clients that read the answer get none, and a repeated request whose answer is stored gets 503 (`NewerRelease`)',
      remedy: 'keep its row in `answers`',
    },
  ]);
});
