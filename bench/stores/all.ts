import { castore } from './castore.ts';
import { equinox, equinoxOptimistic } from './equinox.ts';
import { eventStoreAdapter, eventStoreAdapterWithSnapshots } from './event-store-adapter.ts';
import { foldstream, foldstreamRefolding } from './foldstream.ts';
import { raw } from './raw.ts';
import type { Store } from './store.ts';

/** The stores that get commands. */
export const commandStores: readonly Store[] = [foldstream, castore, equinox, equinoxOptimistic, eventStoreAdapter, raw];

/** The stores whose behaviour is compared. */
export const situationStores: readonly Store[] = [foldstream, castore, equinox, eventStoreAdapter, raw];

/** The stores whose streams are loaded. */
export const loadStores: readonly Store[] = [
  foldstream,
  foldstreamRefolding,
  castore,
  equinox,
  eventStoreAdapter,
  eventStoreAdapterWithSnapshots,
  raw,
];

export const allStores: readonly Store[] = [...new Set([...commandStores, ...loadStores])];
