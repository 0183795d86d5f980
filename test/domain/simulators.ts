import type { AnySimulator } from 'foldstream';
import { paymentProviderSimulator } from './payment/simulator.ts';

/** The simulators of the third parties that the domain calls, one a line. */
export const simulators: readonly AnySimulator[] = [paymentProviderSimulator];
