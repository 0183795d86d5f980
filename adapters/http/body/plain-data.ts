import { Invalid } from '../../../core/basics/errors.ts';

/** A value that the log or a read model could not keep as it is, and its place in the data. */
interface Fault {
  readonly path: string[];
  readonly message: string;
}

/** The log keeps 500 levels. The rest is for the levels that an event puts around the data of its command. */
const deepest = 400;

/**
 * Refuses parsed JSON that cannot be recorded as it was sent. It also replaces -0 by 0, in place: the log keeps no -0.
 * @throws Invalid (`InvalidData`), which names the place.
 */
export const demandPlainData = (data: unknown): void => {
  const fault = faultIn(data, 1);
  if (fault === undefined) return;
  const [path, message] = [fault.path.slice(0, 20), fault.message];
  const where = path.join('.').slice(0, 200) || 'the body';
  throw new Invalid('InvalidData', `${where}: ${message}`, { issues: [{ path, message }] });
};

const faultIn = (value: unknown, level: number): Fault | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : fault(halfCharacter);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : fault('the number is too large');
  if (typeof value !== 'object' || value === null) return undefined;
  if (level > deepest) return fault(`the data has more than ${deepest} levels`);
  const parts = value as Record<string, unknown>; // A list, too: its names are its indexes.
  for (const name of Object.keys(parts)) {
    const part = parts[name];
    if (Object.is(part, -0)) parts[name] = 0;
    const found = faultInName(name) ?? faultIn(part, level + 1);
    if (found === undefined) continue;
    found.path.unshift(name.slice(0, 100).toWellFormed());
    return found;
  }
  return undefined;
};

const halfCharacter = 'the text has half of a surrogate pair, which is no character';

const fault = (message: string): Fault => ({ path: [], message });

/** Records drop a field of this name without a word, because it is the prototype in JavaScript. */
const faultInName = (name: string): Fault | undefined => {
  if (name === '__proto__') return fault("'__proto__' cannot be the name of a field");
  return name.isWellFormed() ? undefined : fault(halfCharacter);
};
