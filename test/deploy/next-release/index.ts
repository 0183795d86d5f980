import { defineDomain } from '../../../core/registry/domain.ts';
import { domain as deployed } from '../../domain/index.ts';
import { orderTimeline } from './order-timeline.ts';

/** The release that is deployed over this code. It has one more read model, which must be filled with the events recorded before. */
export const domain = defineDomain({ ...deployed, projections: [...deployed.projections, orderTimeline] });
