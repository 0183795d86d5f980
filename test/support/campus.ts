import * as z from 'zod';
import { ensure } from '../../core/basics/errors.ts';
import { type CommandOf, defineDecider } from '../../core/write/decider.ts';
import type { Readable } from '../../core/write/reads.ts';

// Two aggregates for tests that read each other: a lesson takes a pupil only while the pupil wants it, and a pupil can give up only a
// lesson that has not taken them. A commit that held although the other stream had moved would break this rule (write skew).

const of = z.object({ lesson: z.string() });
const taken = z.object({ pupil: z.string() });

export interface Lesson {
  readonly seats: number;
  readonly taken: readonly string[];
}
export interface Pupil {
  readonly wanted: readonly string[];
}

export const lesson = defineDecider({
  name: 'lesson',
  commands: { Offer: z.object({ seats: z.int() }), Take: taken, TakeAll: z.object({ pupils: z.array(z.string()) }) },
  events: { Offered: z.object({ seats: z.int() }), Taken: taken },
  initialState: (): Lesson => ({ seats: 0, taken: [] }),
  reads: {
    Take: { pupil: { of: (): Readable<Pupil> => pupil, id: (data) => data.pupil } },
    TakeAll: { pupils: { of: (): Readable<Pupil> => pupil, ids: (data) => data.pupils } },
  },
  decide: {
    Offer: (data) => [{ type: 'Offered', data }],
    Take: ({ pupil: id }, state, { reads: { pupil } }) => {
      if (state.taken.includes(id)) return [];
      ensure(state.taken.length < state.seats, 'LessonFull');
      ensure(pupil.state.wanted.length > 0, 'NotWanted');
      return [{ type: 'Taken', data: { pupil: id } }];
    },
    TakeAll: (_, { seats, taken }, { reads: { pupils } }) => {
      const wanting = pupils.filter(({ id, state }) => state.wanted.length > 0 && !taken.includes(id));
      ensure(taken.length + wanting.length <= seats, 'LessonFull');
      return wanting.map(({ id }) => ({ type: 'Taken', data: { pupil: id } }));
    },
  },
  evolve: {
    Offered: (state, { seats }) => ({ ...state, seats }),
    Taken: (state, { pupil }) => ({ ...state, taken: [...state.taken, pupil] }),
  },
});

export const pupil = defineDecider({
  name: 'pupil',
  commands: { Want: of, GiveUp: of, Note: z.object({}) },
  events: { Wanted: of, GivenUp: of, Noted: z.object({}) },
  initialState: (): Pupil => ({ wanted: [] }),
  reads: { GiveUp: { lesson: { of: lesson, id: (data) => data.lesson } } },
  decide: {
    Want: (data, { wanted }) => (wanted.includes(data.lesson) ? [] : [{ type: 'Wanted', data }]),
    GiveUp: (data, { wanted }, { reads }) => {
      if (!wanted.includes(data.lesson)) return [];
      ensure(reads.lesson.state.taken.length === 0, 'TakenAlready');
      return [{ type: 'GivenUp', data }];
    },
    Note: () => [{ type: 'Noted', data: {} }],
  },
  evolve: {
    Wanted: ({ wanted }, data) => ({ wanted: [...wanted, data.lesson] }),
    GivenUp: ({ wanted }, data) => ({ wanted: wanted.filter((one) => one !== data.lesson) }),
    Noted: (state) => state,
  },
});

export const offer = (seats: number): CommandOf<typeof lesson> => ({ type: 'Offer', data: { seats } });
export const take = (of: string): CommandOf<typeof lesson> => ({ type: 'Take', data: { pupil: of } });
export const takeAll = (...pupils: string[]): CommandOf<typeof lesson> => ({ type: 'TakeAll', data: { pupils } });
export const want = (of: string): CommandOf<typeof pupil> => ({ type: 'Want', data: { lesson: of } });
export const giveUp = (of: string): CommandOf<typeof pupil> => ({ type: 'GiveUp', data: { lesson: of } });
export const note: CommandOf<typeof pupil> = { type: 'Note', data: {} };
