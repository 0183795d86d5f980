import { memoryPointers } from '../../adapters/memory-pointers.ts';
import { pointersContract } from './pointers.ts';

const pointers = memoryPointers();
pointersContract('memory', () => pointers);
