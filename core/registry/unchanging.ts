/** Two times that have no part in common: year, month, day, weekday, hour, minute, second and millisecond differ. */
const times = [Date.parse('2001-02-03T04:05:06.789Z'), Date.parse('2012-11-09T08:17:25.432Z')];
const draws = [0.1, 0.9];
const rounds = 4; // Two rounds would find most sources of chance that are not `Math`. Four find a coin in all but 1 of 128 starts.

/**
 * Whether a function of the domain gives the same answer at any time and with any draw of chance. The function is called with a clock that
 * stands at two times in turn, so two calls within a millisecond, or on one day, differ as well. `same` compares answers.
 */
export const isUnchanging = <T>(ask: () => T, same: (one: T, other: T) => boolean): boolean => {
  const [first, ...others] = Array.from({ length: rounds }).flatMap(() =>
    times.map((time, index) => ({ answer: askedAt(time, draws[index] as number, ask) })),
  );
  return others.every(({ answer }) => same((first as { answer: T }).answer, answer));
};

/** Calls a function with another clock and other chance. The call is synchronous, so no other code sees them. */
const askedAt = <T>(time: number, draw: number, ask: () => T): T => {
  const { Date: clock, Math: chance } = globalThis;
  Object.assign(globalThis, { Date: clockAt(time, clock), Math: Object.create(chance, { random: { value: () => draw } }) });
  try {
    return ask();
  } finally {
    Object.assign(globalThis, { Date: clock, Math: chance });
  }
};

/** `Date` as it is at one time. */
const clockAt = (time: number, clock: DateConstructor): DateConstructor =>
  new Proxy(clock, {
    construct: (_, told) => Reflect.construct(clock, told.length === 0 ? [time] : told),
    apply: () => new clock(time).toString(),
    get: (_, name) => (name === 'now' ? () => time : Reflect.get(clock, name)),
  });

/** Whether JSON has a form for the value. A field that is undefined is left out. */
export const isJson = (value: unknown): boolean => {
  if (value === null || typeof value !== 'object')
    return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return isPlain(value) && Object.values(value).every((part) => part === undefined || isJson(part));
};

/** Of any realm. */
const isPlain = (value: object): boolean => {
  const parent = Object.getPrototypeOf(value);
  return parent === null || Object.getPrototypeOf(parent) === null;
};
