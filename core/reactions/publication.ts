import { noticeSourceOf, sendAgainNotice } from '../processes/kinds.ts';
import { noticesFor, noticesIn } from '../publish/notices.ts';
import type { AnyPublication } from '../publish/publication.ts';
import type { AnyReaction } from './reaction.ts';

/** The name of the notices for the service's own reactions. */
export const reactionPublicationName = /* @__PURE__ */ noticeSourceOf('reaction:');

/** The notices of events that cause commands. Empty if the domain has no reactions. */
export const reactionPublications = (reactions: readonly AnyReaction[]): readonly AnyPublication[] => {
  if (reactions.length === 0) return [];
  const events = Object.assign({}, ...reactions.map(({ of }) => of.events));
  return [noticesFor({ name: reactionPublicationName, events, types: causingTypes(reactions) })];
};

/** The types of the notices that reactions listen to, with the notice to send a command again. */
export const noticesToReact = (reactions: readonly AnyReaction[]): readonly string[] => [
  ...new Set(reactions.flatMap(({ of, on }) => noticesIn(of.events, Object.keys(on)))),
  sendAgainNotice,
];

const causingTypes = (reactions: readonly AnyReaction[]): readonly string[] => [...new Set(reactions.flatMap(({ on }) => Object.keys(on)))];
