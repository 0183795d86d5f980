import type { AnyStandIn } from '../core/stand-in.ts';
import { paymentProviderStandIn } from './payment/stand-in.ts';

/** Who stands for the third parties that the domain calls, where `npm start` runs it: one line per third party. */
export const standIns: readonly AnyStandIn[] = [paymentProviderStandIn];
