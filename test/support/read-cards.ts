import type { AnyProjection } from '../../core/read/projection.ts';
import { card } from './card.ts';

export { at, card, otherCard } from './card.ts';

/** One more, for the tests that need every parked stream of a projection to be theirs. */
export const parkedCard: AnyProjection = { ...card, name: 'parked-card' };

/** One of a service with tenants. */
export const tenantCard: AnyProjection = { ...card, name: 'tenant-card' };
