import { rowOf } from '../../basics/messages.ts';
import { type Domain, reactionsOf } from '../../registry/domain.ts';
import { same } from '../bounds.ts';
import { compatible, incompatible, type SchemaFinding } from '../comparison.ts';

/** The key of the reactions in the schema lock, beside the aggregates. It cannot be an aggregate's name, because it has a hyphen. */
export const reactionsKey = 'sent-by-reactions';

/** What the ids of a reaction's commands are made of, and the events that cause them. */
export interface ReactionShape {
  readonly of: string;
  /** Sorted. */
  readonly on: readonly string[];
}

/** By the reaction's name. */
export type ReactionShapes = Readonly<Record<string, ReactionShape>>;

export const reactionShapes = (domain: Domain): ReactionShapes =>
  Object.fromEntries(reactionsOf(domain).map(({ name, of, on }) => [name, { of: of.name, on: Object.keys(on).sort() }]));

/** All differences. An event that waits in the queue during a deployment finds the reaction under its name, or it causes nothing. */
export const compareReactions = (locked: ReactionShapes, current: ReactionShapes): readonly SchemaFinding[] =>
  [...new Set([...Object.keys(locked), ...Object.keys(current)])].flatMap((name): readonly SchemaFinding[] => {
    const path = `reaction ${name}`;
    const [was, is] = [rowOf<ReactionShape>(locked, name), rowOf<ReactionShape>(current, name)];
    if (was === undefined) return [compatible({ path, change: 'is a new reaction' })];
    if (is === undefined) return [goneReaction(path)];
    if (was.of !== is.of) return [{ ...goneReaction(path), change: 'reacts to another aggregate', before: was.of, after: is.of }];
    return same(was.on, is.on) ? [] : [compatible({ path, change: 'reacts to other events', before: was.on, after: is.on })];
  });

const goneReaction = (path: string): SchemaFinding =>
  incompatible({
    path,
    change: 'is no longer in the domain',
    breaks:
      'events that wait in its queue cause nothing. Under another name, the commands have other ids: those of an event that is delivered again are carried out twice',
    remedy:
      'keep the name and the aggregate. To end the reaction, wait until its queue is empty and `npm run es -- processes` lists nothing; then accept it with --incompatible',
  });
