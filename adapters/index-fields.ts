import { rowOf } from '../core/messages.ts';
import type { AnyProjection, Index, Versioned } from '../core/projection.ts';

/** A declared index. @throws Error where the projection has none of that name. */
export const indexOf = ({ name, indexes = {} }: AnyProjection, index: string): Index => {
  const found = rowOf(indexes as Readonly<Record<string, Index>>, index);
  if (found === undefined) throw new Error(`${name} has no index '${index}'`);
  return found;
};

/** The document's indexed fields, under their own names. A field that can be no key (absent, empty) is left out: such a document is not listed. */
export const keyFields = ({ indexes = {} }: AnyProjection, document: Versioned['document']): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.values<Index>(indexes)
      .flatMap(({ partition, sort }) => [partition, sort])
      .flatMap((field) => {
        const value = document?.[field];
        return (typeof value === 'string' && value !== '') || typeof value === 'number' ? [[field, value]] : [];
      }),
  );
