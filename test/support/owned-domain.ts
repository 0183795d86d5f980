import * as z from 'zod';
import { definePublication } from '../../core/publish/publication.ts';
import { defineProjection } from '../../core/read/projection.ts';
import { type Domain, defineDomain } from '../../core/registry/domain.ts';
import { defineSaga } from '../../core/sagas/saga.ts';
import { defineDecider } from '../../core/write/decider.ts';

// Notes in drawers. A note is its owner's until it is given to another, and each read model and saga of it has a text of the owner.

const data = z.object({ owner: z.string(), text: z.string(), drawer: z.string() });
export const noteEvents = { NoteOpened: data, NoteWritten: data, NoteGiven: data };

/** A note with this text is poison to each read model. */
export const poison = 'poison';

type Note = { readonly owner: string; readonly text: string };
const next = (_: Note, { owner, text }: z.output<typeof data>): Note => ({ owner, text });

export const note = defineDecider({
  name: 'note',
  commands: { OpenNote: data, WriteNote: data, GiveNote: data },
  events: noteEvents,
  initialState: (): Note => ({ owner: '', text: '' }),
  owner: ({ owner }) => (owner === '' ? undefined : owner),
  decide: {
    OpenNote: (opened) => [{ type: 'NoteOpened', data: opened }],
    WriteNote: (written, { owner }) => [{ type: 'NoteWritten', data: { ...written, owner } }],
    GiveNote: (given) => [{ type: 'NoteGiven', data: given }],
  },
  evolve: { NoteOpened: next, NoteWritten: next, NoteGiven: next },
});

const kept = (_: object, { owner, text, drawer }: z.output<typeof data>) => {
  if (text.includes(poison)) throw new RangeError('no place for it');
  return { owner, text, drawer };
};
const rows = { NoteOpened: kept, NoteWritten: kept, NoteGiven: kept };
const initialState = (): z.output<typeof data> => ({ owner: '', text: '', drawer: '' });

/** Documents of one stream. */
export const notes = defineProjection({
  name: 'notes',
  revision: 1,
  events: noteEvents,
  document: data,
  owner: 'owner',
  indexes: { byOwner: { partition: 'owner', sort: 'drawer' }, byDrawer: { partition: 'drawer', sort: 'owner' } },
  initialState,
  evolve: rows,
});

/** A document for each owner, of the notes that it has had. */
export const owners = defineProjection({
  name: 'owners',
  revision: 1,
  events: noteEvents,
  document: data,
  owner: 'owner',
  indexes: { byOwner: { partition: 'owner', sort: 'drawer' } },
  key: (event) => event.data.owner,
  initialState,
  evolve: rows,
});

/** A document for each drawer, whose owner is that of the last note in it. */
export const drawers = defineProjection({
  name: 'drawers',
  revision: 1,
  events: noteEvents,
  document: data,
  owner: 'owner',
  indexes: { byText: { partition: 'text', sort: 'owner' } },
  key: (event) => event.data.drawer,
  initialState,
  evolve: rows,
});

const publication = definePublication({
  name: 'notes',
  events: noteEvents,
  publishes: { 'NoteOpened.v1': data, 'NoteGiven.v1': data },
  map: {
    NoteOpened: (opened) => ({ type: 'NoteOpened.v1', data: opened }),
    NoteGiven: (given) => ({ type: 'NoteGiven.v1', data: given }),
  },
});

const filing = defineSaga({
  name: 'filing',
  context: data,
  startsOn: { of: note, event: 'NoteWritten', context: (written) => written },
  steps: { File: { to: note, send: (written) => ({ id: 'file', type: 'OpenNote', data: written }), undo: 'nothing' } },
  onAbort: { to: note, send: (written) => ({ id: 'file', type: 'OpenNote', data: written }) },
});

export const ownedDomain: Domain = defineDomain({
  deciders: [note],
  projections: [notes, owners, drawers],
  publications: [publication],
  sagas: [filing],
});
