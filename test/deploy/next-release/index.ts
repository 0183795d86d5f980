import { defineDomain } from '../../../core/registry/domain.ts';
import { domain as deployed } from '../../domain/index.ts';
import { orderTimeline } from './order-timeline.ts';

/** What is deployed over the first release: it has a read model more, which has to come to know what was recorded before it. */
export const domain = defineDomain({ ...deployed, projections: [...deployed.projections, orderTimeline] });
