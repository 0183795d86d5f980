import * as z from 'zod';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyCalls } from './calls.ts';

/** The name of what only the service's own caller listens to. */
export const callPublicationName = 'calls';

/** What the caller listens to: that an event asks a third party for something. What it asks for is in the log. None, where nobody is called. */
export const callPublications = (calls: readonly AnyCalls[]): readonly AnyPublication[] => {
  if (calls.length === 0) return [];
  const [types, nothing] = [askingTypes(calls), z.object({})];
  return [
    {
      name: callPublicationName,
      events: Object.assign({}, ...calls.map(({ of }) => of.events)),
      publishes: Object.fromEntries(types.map((type) => [noticeOf(type), nothing])),
      map: Object.fromEntries(types.map((type) => [type, () => ({ type: noticeOf(type), data: {} })])),
    },
  ];
};

/** The types of the notices that these calls come of. */
export const noticesToCall = (calls: readonly AnyCalls[]): readonly string[] => askingTypes(calls).map(noticeOf);

const noticeOf = (type: string): string => `${type}.v1`;
const askingTypes = (calls: readonly AnyCalls[]): readonly string[] => [...new Set(calls.flatMap(({ on }) => Object.keys(on)))];
