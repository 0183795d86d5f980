import { noticeSourceOf, sendAgainNotice } from '../processes/kinds.ts';
import { noticesFor, noticesIn } from '../publish/notices.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyCalls } from './calls.ts';

/** The name of the notices for the service's own outbound requests. */
export const callPublicationName = /* @__PURE__ */ noticeSourceOf('call:');

/** The notices of events that cause calls to third parties. Empty if the domain has no calls. */
export const callPublications = (calls: readonly AnyCalls[]): readonly AnyPublication[] => {
  if (calls.length === 0) return [];
  return [
    noticesFor({ name: callPublicationName, events: Object.assign({}, ...calls.map(({ of }) => of.events)), types: askingTypes(calls) }),
  ];
};

/** The types of the notices that cause these calls, with the notice to take an answer again if answers cause commands. */
export const noticesToCall = (calls: readonly AnyCalls[]): readonly string[] => [
  ...new Set(calls.flatMap(({ of, on }) => noticesIn(of.events, Object.keys(on)))),
  ...(calls.some(hasAnswers) ? [sendAgainNotice] : []),
];

/** Whether the answers to these calls cause commands. */
export const hasAnswers = ({ answered }: AnyCalls): boolean => answered !== undefined;

const askingTypes = (calls: readonly AnyCalls[]): readonly string[] => [...new Set(calls.flatMap(({ on }) => Object.keys(on)))];
