import { castore } from './castore.ts';
import { equinox, equinoxOptimistic } from './equinox.ts';
import { eventStoreAdapter, eventStoreAdapterWithSnapshots } from './event-store-adapter.ts';
import { foldstream, foldstreamRefolding } from './foldstream.ts';
import { raw } from './raw.ts';
import type { Store } from './store.ts';

/** Stores that commands are sent to. */
export const commandStores: readonly Store[] = [foldstream, castore, equinox, equinoxOptimistic, eventStoreAdapter, raw];

/** Stores that differ in what they do. */
export const situationStores: readonly Store[] = [foldstream, castore, equinox, eventStoreAdapter, raw];

/** Stores whose streams are loaded. */
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
