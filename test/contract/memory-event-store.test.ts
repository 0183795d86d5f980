import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { eventStoreContract } from './event-store.ts';

eventStoreContract('memory', (now = () => new Date()) => memoryEventStore(now));
