import { memoryPointers } from '../../adapters/read-models/memory-pointers.ts';
import { pointersContract } from './pointers.ts';

const pointers = memoryPointers();
pointersContract('memory', () => pointers);
