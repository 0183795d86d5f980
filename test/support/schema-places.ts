import * as z from 'zod';
import { defineDomain } from '../../core/registry/domain.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { defineDecider } from '../../core/write/decider.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import { tally, tallyTotal } from './tally.ts';
import { tallyPublication } from './tally-publication.ts';

// The places of a domain that have a schema.

const book = (schemas: { readonly command?: z.ZodType; readonly event?: z.ZodType }) =>
  defineDecider({
    name: 'book',
    commands: { Write: schemas.command ?? z.object({}) },
    events: { Written: schemas.event ?? z.object({}) },
    initialState: () => ({}),
    decide: { Write: () => [] },
    evolve: { Written: (state) => state },
  });

const saga = (context: z.ZodType): AnySaga => ({ ...fulfilment, context });

const members = { deciders: [tally], projections: [] };

/** Each place of a schema: how a message names it, and a domain that has the schema there. */
export const places = {
  command: ['command Write of book', (command: z.ZodType) => defineDomain({ ...members, deciders: [book({ command })] })],
  event: ['event Written', (event: z.ZodType) => defineDomain({ ...members, deciders: [book({ event })] })],
  document: [
    'document of tally-total@1',
    (document: z.ZodType) => defineDomain({ ...members, projections: [{ ...tallyTotal, document }] }),
  ],
  context: [
    'context of saga fulfilment',
    (context: z.ZodType) => defineDomain({ ...members, deciders: [order, payment, stock], sagas: [saga(context)] }),
  ],
  published: [
    'integration event Added.v1 of tallies',
    (published: z.ZodType) => defineDomain({ ...members, publications: [{ ...tallyPublication, publishes: { 'Added.v1': published } }] }),
  ],
} as const;
export type Name = keyof typeof places;
export const names = Object.keys(places) as Name[];
export const stored = names.filter((name) => name !== 'command');

/** What `defineDomain` says of the schema; `undefined` if it takes it. */
export const saidOf = (name: Name, schema: z.ZodType): string | undefined => {
  try {
    places[name][1](schema);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
export const refusal = (name: Name, text: string): string => `domain: ${places[name][0]}: ${text}`;
