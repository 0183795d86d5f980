import { versionedCommand, withFormer } from 'foldstream';
import * as z from 'zod';

const today = { Accepted: z.object({ customerId: z.string() }), Priced: z.object({ cents: z.int() }) };
const from = z.object({ customer: z.string() });

withFormer(today, {
  Placed: { 1: { from, into: ['Accepted'], to: ({ customer }) => [{ type: 'Accepted', data: { customerId: customer } }] } },
});
withFormer(today, { Placed: { 1: { from, into: [], to: () => [] } } });
withFormer(today, { Placed: { 1: { from, into: ['Priced'], to: () => [{ type: 'Priced', schema: 1, data: {} }] } } });

// @ts-expect-error: no event of today has this type, and no version is said.
withFormer(today, { Placed: { 1: { from, into: ['Acepted'], to: () => [{ type: 'Acepted', data: {} }] } } });
// @ts-expect-error: the data of today's event are others.
withFormer(today, { Placed: { 1: { from, into: ['Priced'], to: () => [{ type: 'Priced', data: { cents: '7' } }] } } });
// @ts-expect-error: the stored version has no such field.
withFormer(today, { Placed: { 1: { from, into: ['Accepted'], to: ({ cents }) => [{ type: 'Accepted', data: { customerId: cents } }] } } });
// @ts-expect-error: `into` is missing.
withFormer(today, { Placed: { 1: { from, to: () => [] } } });

versionedCommand(today.Accepted, { 1: { from, to: ({ customer }) => ({ customerId: customer }) } });
// @ts-expect-error: the row makes data of another shape.
versionedCommand(today.Accepted, { 1: { from, to: ({ customer }) => ({ customer }) } });
// @ts-expect-error: version 1 has no row.
versionedCommand(today.Accepted, { 2: { from, to: ({ customer }) => ({ customerId: customer }) } });
