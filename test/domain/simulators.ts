import type { AnySimulator } from 'foldstream';
import { paymentProviderSimulator } from './payment/simulator.ts';

/** Who stands for the third parties that the domain calls, where `npm start` runs it: one line per third party. */
export const simulators: readonly AnySimulator[] = [paymentProviderSimulator];
