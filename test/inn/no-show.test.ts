import { commandTo } from 'foldstream';
import { reminderScenarios } from 'foldstream/testing';
import { account, noShow, stay } from './index.ts';

const booked = { type: 'StayBooked', data: { until: '2026-06-01', guestId: 'ada' } } as const;
const noShowOf = (id: string) => [
  commandTo(stay, { id, type: 'MarkNoShow', data: {} }),
  commandTo(account, { id: 'ada', type: 'ChargeFee', data: { cents: 100 } }),
];

reminderScenarios(noShow, {
  'a guest who does not come': { given: [booked], due: '2026-06-01T00:00:00.000Z', then: noShowOf('1') },
  'of a tenant': { given: [{ ...booked, metadata: { id: '7', tenant: 'acme' } }], due: '2026-06-01T00:00:00.000Z', then: noShowOf('7') },
  'a stay that is moved': {
    given: [booked, { type: 'StayMoved', data: { until: '2026-06-02T12:00:00+02:00' } }, { type: 'NoteAdded', data: {} }],
    due: '2026-06-02T10:00:00.000Z',
    then: noShowOf('1'),
  },
  'a guest who has come': { given: [booked, { type: 'GuestArrived', data: {} }], due: '2026-06-01T00:00:00.000Z' },
  'a stay that is cancelled': { given: [booked, { type: 'StayCancelled', data: {} }], due: null },
  'nothing is booked': { given: [{ type: 'NoteAdded', data: {} }], due: null },
});
