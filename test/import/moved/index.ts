import * as z from 'zod';
import { versioned } from '../../../core/log/upcasting.ts';
import { defineDomain } from '../../../core/registry/domain.ts';
import { defineDecider } from '../../../core/write/decider.ts';
import { tally, tallyTotal } from '../../support/tally.ts';

const joined = versioned(z.object({ email: z.string(), plan: z.string() }), {
  1: { from: z.object({ email: z.string() }), to: ({ email }) => ({ email, plan: 'basic' }) },
});

/** Holds a name, and has an event in two schema versions. */
export const member = defineDecider({
  name: 'member',
  commands: { Join: z.object({ email: z.string() }) },
  events: { Joined: joined },
  initialState: (): { readonly email: string; readonly plans: readonly string[] } => ({ email: '', plans: [] }),
  claims: ({ email }) => (email === '' ? [] : [email]),
  decide: { Join: ({ email }) => [{ type: 'Joined', data: { email, plan: 'basic' } }] },
  evolve: { Joined: ({ plans }, { email, plan }) => ({ email, plans: [...plans, plan] }) },
});

/** The domain of a service that moves to another region. */
export const domain = defineDomain({ deciders: [tally, member], projections: [tallyTotal] });
