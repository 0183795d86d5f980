import { memoryEventStore } from '../../adapters/memory-event-store.ts';
import { eventStoreContract } from './event-store.ts';

eventStoreContract('memory', (now = () => new Date()) => memoryEventStore(now));
