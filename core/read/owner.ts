import { rowOf } from '../basics/messages.ts';
import type { AnyProjection, Versioned } from './projection.ts';

/** Whether a document belongs to an owner. A document without an owner belongs to nobody, and so does each of a projection without one. */
export const belongsTo = (projection: AnyProjection, document: Versioned['document'], owner: string): boolean =>
  projection.owner !== undefined && document !== null && rowOf<unknown>(document, projection.owner) === owner;
