import type { AnySimulator } from 'foldstream';
import { paymentProviderSimulator } from './payment/simulator.ts';

/** The simulators of the third parties that the domain calls, for `npm start`: one line per third party. */
export const simulators: readonly AnySimulator[] = [paymentProviderSimulator];
