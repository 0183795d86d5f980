import {
  type AnyDecider,
  type AnyProjection,
  type AnySaga,
  abort,
  type Domain,
  defineDecider,
  defineProjection,
  defineSaga,
} from 'foldstream';
import * as z from 'zod';

export interface Size {
  readonly projections: number;
  readonly indexes: number;
  readonly sagas: number;
}

/** A domain of any size. Each saga has an aggregate of its own, and five steps; each aggregate has the same number of projections. */
export const largeDomain = ({ projections, indexes, sagas }: Size): Domain => {
  const aggregates = numbers(Math.max(1, sagas)).map(aggregateOf);
  const read = numbers(projections).map((number) => projectionOf(number, aggregates[number % aggregates.length] as AnyDecider, indexes));
  return { deciders: aggregates, projections: read, publications: [], sagas: aggregates.slice(0, sagas).map(sagaOf) };
};

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const text = z.object({ note: z.string() });

const aggregateOf = (number: number): AnyDecider => {
  const name = `shipment${number}`;
  const types = ['Placed', 'Confirmed', 'Declined', 'Closed'].map((verb) => `Shipment${number}${verb}`);
  const commands = ['Place', 'Confirm', 'Decline', 'Close'].map((verb) => `${verb}Shipment${number}`);
  return defineDecider({
    name,
    commands: Object.fromEntries(commands.map((type) => [type, text])),
    events: Object.fromEntries(types.map((type) => [type, text])),
    initialState: () => ({}),
    decide: Object.fromEntries(commands.map((type, index) => [type, (data: unknown) => [{ type: types[index], data }]])),
    evolve: Object.fromEntries(types.map((type) => [type, (state: unknown) => state])),
  } as never) as AnyDecider;
};

const projectionOf = (number: number, { events }: AnyDecider, indexes: number): AnyProjection => {
  const fields = numbers(indexes).map((index) => [`partition${index}`, `sort${index}`] as const);
  return defineProjection({
    name: `shipment-report-${number}`,
    revision: 1,
    events,
    document: z.object(Object.fromEntries(fields.flat().map((field) => [field, z.string()]))),
    indexes: Object.fromEntries(fields.map(([partition, sort], index) => [`byField${index}`, { partition, sort }])),
    initialState: () => ({}),
    evolve: Object.fromEntries(Object.keys(events).map((type) => [type, (document: unknown) => document])),
  } as never) as AnyProjection;
};

const sagaOf = (of: AnyDecider, number: number): AnySaga => {
  const [, confirmed = '', declined = ''] = Object.keys(of.events);
  const [, confirm = '', decline = '', close = ''] = Object.keys(of.commands);
  const send = (type: string) => (context: { readonly id: string }) => ({ id: context.id, type, data: { note: '' } });
  return defineSaga({
    name: `shipment-process-${number}`,
    context: z.object({ id: z.string(), parcels: z.array(z.object({ id: z.string() })) }),
    startsOn: {
      of,
      event: Object.keys(of.events)[0],
      context: (_: unknown, { id }: { readonly id: string }) => ({ id, parcels: [{ id }] }),
    },
    steps: {
      ReserveParcels: { forEach: 'parcels', to: of, send: send(confirm), undo: send(decline) },
      TakePayment: {
        ...{ to: of, send: send(confirm), timeoutSeconds: 900, undo: send(decline) },
        awaits: { [confirmed]: 'proceed', [declined]: () => abort('declined') },
      },
      BookCarrier: { to: of, send: send(confirm), undo: send(decline) },
      PrintLabels: { to: of, send: send(confirm), undo: 'nothing' },
      CloseShipment: { to: of, send: send(close) },
    },
    onAbort: { to: of, send: send(decline) },
  } as never) as AnySaga;
};
