import { abort, defineDecider, defineProjection, definePublication, defineSaga, type StateOf, versioned } from 'foldstream';
import { projectionScenarios } from 'foldstream/testing';
import * as z from 'zod';

// As types.test-d.ts: it is the compiler that is tested. Here, what a table returns beyond its schema, and states without an annotation.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T | undefined => undefined;

// ── Deciders ──────────────────────────────────────────────────────────────────────────────────────────────────────────
type Door = { readonly open: boolean; readonly times: number };
const events = { Opened: z.object({}), Closed: z.object({ why: z.string() }) };
const base = {
  name: 'door',
  commands: { Open: z.object({ at: z.string().optional() }), Close: z.object({ why: z.string() }) },
  events,
  initialState: (): Door => ({ open: false, times: 0 }),
};
const decide = { Open: () => [], Close: () => [] };
const evolve = { Opened: (door: Door) => door, Closed: (door: Door) => door };

// @ts-expect-error a field in excess in an event
defineDecider({ ...base, evolve, decide: { Open: () => [], Close: ({ why }) => [{ type: 'Closed', data: { why, extra: 1 } }] } });
// @ts-expect-error a field in excess in an event that has none
defineDecider({ ...base, evolve, decide: { Open: () => [{ type: 'Opened', data: { extra: 1 } }], Close: () => [] } });
// @ts-expect-error a field in excess in a state
defineDecider({ ...base, decide, evolve: { Opened: (door) => ({ ...door, typo: 1 }), Closed: (door) => door } });
// @ts-expect-error a field in excess in a state, without a parameter to infer from
defineDecider({ ...base, decide, evolve: { Opened: () => ({ open: true, times: 0, typo: 1 }), Closed: (door) => door } });
// Several events, one of them without a field, and a variable of the declared type.
defineDecider({
  ...base,
  decide: {
    Open: () => [
      { type: 'Opened', data: {} },
      { type: 'Closed', data: { why: '' } },
    ],
    Close: (closing) => {
      const closed: z.output<typeof events.Closed> = closing;
      return [{ type: 'Closed', data: closed }];
    },
  },
  evolve: {
    Opened: (door) => {
      const next: Door = { ...door, open: true };
      return next;
    },
    Closed: (door, { why }) => (why === '' ? door : { ...door, open: false }),
  },
});
type Room = { readonly is: { readonly free: boolean; readonly by?: string }; readonly nights: Readonly<Record<string, 'free' | 'taken'>> };
const rooms = { ...base, initialState: (): Room => ({ is: { free: true }, nights: {} }), decide };
defineDecider({
  ...rooms,
  evolve: {
    Opened: () => ({ is: { free: false }, nights: { '2026-01-01': 'taken' } }),
    Closed: (room, { why }) => ({ ...room, is: { ...room.is, by: why }, nights: { ...room.nights, [why]: 'free' } }),
  },
});
// @ts-expect-error a field in excess in a part of a state
defineDecider({ ...rooms, evolve: { Opened: () => ({ is: { free: false, bye: 'ada' }, nights: {} }), Closed: (room) => room } });
// Without an annotation the state is as wide as its values' types.
const counter = defineDecider({
  ...base,
  initialState: () => ({ n: 0, name: 'a', isOn: false }),
  decide,
  evolve: { Opened: ({ n, ...rest }) => ({ ...rest, n: n + 1 }), Closed: () => ({ n: 2, name: 'b', isOn: true }) },
});
yes<Equal<StateOf<typeof counter>, { n: number; name: string; isOn: boolean }>>();

// ── Projections ───────────────────────────────────────────────────────────────────────────────────────────────────────
const document = z.object({ owner: z.string(), times: z.int(), status: z.enum(['open', 'closed']), tags: z.array(z.string()) });
const view = {
  name: 'doors',
  revision: 1,
  events,
  document,
  initialState: (): z.output<typeof document> => ({ owner: '', times: 0, status: 'open', tags: [] }),
};
// @ts-expect-error a field in excess in a document
defineProjection({ ...view, evolve: { Opened: (doors) => ({ ...doors, typo: 1 }) } });
defineProjection({
  ...view,
  evolve: {
    // @ts-expect-error a field in excess in a document, without a parameter to infer from
    Opened: () => ({ owner: '', times: 0, status: 'open', tags: [], typo: 1 }),
  },
});
defineProjection({ ...view, evolve: { Opened: () => ({ owner: 'ada', times: 0, status: 'closed', tags: ['x'] }) } });

// The document's type tells what `initialState` returns.
defineProjection({ ...view, initialState: () => ({ owner: '', times: 0, status: 'open', tags: [] }), evolve: {} });
// @ts-expect-error a field in excess in the initial document
defineProjection({ ...view, initialState: () => ({ owner: '', times: 0, status: 'open', tags: [], typo: 1 }), evolve: {} });

// ── Publications ──────────────────────────────────────────────────────────────────────────────────────────────────────
const doorEvents = { name: 'doors', events, publishes: { 'DoorClosed.v1': z.object({ doorId: z.string(), why: z.string() }) } };
definePublication({
  ...doorEvents,
  map: { Closed: ({ why }, { id }) => (why === '' ? null : { type: 'DoorClosed.v1', data: { doorId: id, why } }) },
});
definePublication({
  ...doorEvents,
  // @ts-expect-error a field in excess in what is published
  map: { Closed: ({ why }, { id }) => ({ type: 'DoorClosed.v1', data: { doorId: id, why, extra: 1 } }) },
});
// @ts-expect-error an event that is not published
definePublication({ ...doorEvents, map: { Closed: () => ({ type: 'DoorClosed.v2', data: { doorId: '', why: '' } }) } });
// @ts-expect-error a misspelt event
definePublication({ ...doorEvents, map: { Closd: () => null } });

// ── Sagas ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const door = defineDecider({ ...base, decide, evolve });
const process = {
  name: 'process',
  context: z.object({ doorId: z.string(), others: z.array(z.string()) }),
  startsOn: { of: door, event: 'Opened', context: () => undefined } as const,
  onAbort: { to: door, send: ({ doorId }: { doorId: string }) => ({ id: doorId, type: 'Open', data: {} }) as const },
};
defineSaga({
  ...process,
  steps: {
    Open: {
      to: door,
      send: ({ doorId }) => ({ id: doorId, type: 'Open', data: {} }),
      awaits: { Opened: 'proceed', Closed: ({ why }) => abort(why) },
      timeoutSeconds: 60,
      undo: ({ doorId }) => ({ id: doorId, type: 'Close', data: { why: 'undone' } }),
    },
    Close: {
      forEach: 'others',
      to: door,
      send: (id, { doorId }, index) => ({ id, type: 'Close', data: { why: `${doorId}${index}` } }),
      undo: 'nothing',
    },
    // @ts-expect-error a field in excess in a command
    Close2: { to: door, send: ({ doorId }) => ({ id: doorId, type: 'Close', data: { why: '', extra: 1 } }) },
    // @ts-expect-error a field in excess in a command that undoes
    Close3: { to: door, send: process.onAbort.send, undo: ({ doorId }) => ({ id: doorId, type: 'Close', data: { why: '', extra: 1 } }) },
    // @ts-expect-error it awaits nothing
    Open2: { to: door, send: process.onAbort.send, timeoutSeconds: 60, undo: 'nothing' },
    // @ts-expect-error it awaits nothing, so nothing can be new
    Open4: { to: door, send: process.onAbort.send, onlyNew: true, undo: 'nothing' },
    // @ts-expect-error a misspelt field
    Open3: { to: door, send: process.onAbort.send, undoes: 'nothing' },
  },
  // @ts-expect-error a field in excess in the last command
  onAbort: { to: door, send: ({ doorId }, reason) => ({ id: doorId, type: 'Close', data: { why: reason, extra: 1 } }) },
});

// ── Upcasters ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const paidV1 = z.object({ euros: z.number() });
const paidV2 = z.object({ cents: z.int() });
const paid = z.object({ cents: z.int(), currency: z.string() });
const second = { from: paidV2, to: ({ cents }: { cents: number }) => ({ cents, currency: 'EUR' }) };
versioned(paid, { 1: second });
versioned(paid, {
  1: { from: paidV1, to: ({ euros }) => ({ cents: euros * 100 }) },
  2: { from: paidV2, to: ({ cents }) => ({ cents, currency: 'EUR' }) },
});
// @ts-expect-error the old data are misread
versioned(paid, { 1: { from: paidV1, to: ({ cents }) => ({ cents, currency: '' }) } });
// @ts-expect-error the last step does not make data of today
versioned(paid, { 1: { from: paidV1, to: ({ euros }) => ({ cents: euros * 100 }) } });
// @ts-expect-error a step does not make data of the next version
versioned(paid, { 1: { from: paidV1, to: ({ euros }) => ({ euros }) }, 2: second });
// @ts-expect-error the first step is missing
versioned(paid, { 2: second });
// @ts-expect-error a step in between is missing
versioned(paid, { 1: { from: paidV1, to: ({ euros }) => ({ cents: euros, currency: '' }) }, 3: second });
// @ts-expect-error an upcaster that does not say what it upcasts
versioned(paid, { 1: () => ({ cents: 1, currency: '' }) });

const first = { from: paidV1, to: ({ euros }: { euros: number }) => ({ cents: euros * 100 }) };
versioned(paidV2, { 1: first }, { writes: 1, back: ({ cents }) => ({ euros: cents / 100 }) });
versioned(paid, { 1: first, 2: second }, { writes: 2, back: ({ cents }) => ({ cents }) });
// @ts-expect-error a version that does not exist
versioned(paidV2, { 1: first }, { writes: 3, back: ({ cents }) => ({ euros: cents / 100 }) });
// @ts-expect-error the current version needs no step back
versioned(paidV2, { 1: first }, { writes: 2, back: ({ cents }) => ({ euros: cents / 100 }) });
// @ts-expect-error not the version before the current one
versioned(paid, { 1: first, 2: second }, { writes: 1, back: ({ cents }) => ({ cents }) });
// @ts-expect-error the step back is missing
versioned(paidV2, { 1: first }, { writes: 1 });
// @ts-expect-error the step back does not make data of the version before
versioned(paidV2, { 1: first }, { writes: 1, back: ({ cents }) => ({ cents }) });
// @ts-expect-error the step back misreads the current data
versioned(paidV2, { 1: first }, { writes: 1, back: ({ euros }) => ({ euros }) });
// @ts-expect-error a version before the first
versioned(paid, {}, { writes: 0, back: () => ({}) });

// ── Projection scenarios ──────────────────────────────────────────────────────────────────────────────────────────────
const doors = defineProjection({ ...view, evolve: { Opened: (one) => one } });
const opened = { type: 'Opened', data: {} } as const;
const shown = { owner: '', times: 0, status: 'open', tags: [] } as z.output<typeof document>;
projectionScenarios(doors, {
  'of one stream': { given: [{ ...opened, metadata: { recordedAt: '2026-01-01T00:00:00.000Z', actor: 'ada' } }], then: shown },
  'of many streams': { given: [opened, { ...opened, metadata: { id: '2' } }], documents: { 1: shown, 2: shown } },
  'of an older event': { given: [{ type: 'Opened', schema: 1, data: { anything: true } }], then: null },
});
// @ts-expect-error no such event
projectionScenarios(doors, { 'a misspelt event': { given: [{ type: 'Opend', data: {} }], then: null } });
// @ts-expect-error no such field of a document
projectionScenarios(doors, { 'a field in excess': { given: [opened], then: { ...shown, typo: 1 } } });
// @ts-expect-error no such metadata
projectionScenarios(doors, { 'misspelt metadata': { given: [{ ...opened, metadata: { recordedOn: '' } }], then: null } });
// @ts-expect-error nobody says what comes of it
projectionScenarios(doors, { 'no expectation': { given: [opened] } });
