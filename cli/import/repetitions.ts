import { streamName } from '../../core/basics/stream.ts';
import type { Entry } from '../../core/import/mapping.ts';
import { hashTable, shortHash } from './hash-table.ts';

/** What the earlier entries of a file tell about an entry. */
export interface Repetitions {
  /**
   * The line of an earlier entry that is equal to this one; undefined if there is none.
   * @throws Error, naming the earlier line or version, if the entry cannot be recorded after the earlier ones.
   */
  look(entry: Entry, line: number): number | undefined;
}

/** `isWhole`: the file is read from its first line, so a stream that has not been seen has no events. */
export const repetitions = (isWhole: boolean): Repetitions => {
  const ids = hashTable();
  const ends = hashTable();

  /** Two requests of a stream with one id are the same request, so the second one would not be recorded. */
  const lookAtId = ({ request, recordedAt, stored }: Entry, name: string, line: number): number | undefined => {
    const { commandId, commandFrom = '', actor = '' } = request;
    const id = [name, commandId, commandFrom, commandFrom === '' ? '' : actor].join('\n');
    const content = shortHash(JSON.stringify([recordedAt, stored]));
    const earlier = ids.get(id);
    if (earlier === undefined) ids.set(id, [line, content]);
    else if (earlier[1] !== content)
      throw new Error(`line ${earlier[0]} has the same commandId '${commandId}' for ${name}, and other events`);
    return earlier?.[0];
  };

  /** An export may have an id twice in a stream, because a client may use its key again later. Its versions have no gap. */
  const lookAtVersion = (version: number, { stored }: Entry, name: string): void => {
    const [next] = ends.get(name) ?? [isWhole ? 1 : version];
    if (version < next) throw new Error(`${name} has version ${version} twice in this file`);
    if (version > next) throw new Error(`${name} goes on with version ${version}, and version ${next} is missing before it`);
    ends.set(name, [version + stored.length, 0]);
  };

  return {
    look: (entry, line) => {
      const name = streamName(entry.stream);
      if (entry.version === undefined) return lookAtId(entry, name, line);
      lookAtVersion(entry.version, entry, name);
      return undefined;
    },
  };
};
