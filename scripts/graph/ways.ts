import type { Box, Column, Exit, Row } from './boxes.ts';

// The arrows of a saga's picture.

export interface Way {
  readonly kind: 'forth' | 'back' | 'aside';
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly label?: string;
  /** Where the label begins, or ends. */
  readonly labelAt?: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' };
}

const middle = ({ x, width }: Box): number => x + width / 2;
const centre = ({ y, height }: Box): number => y + height / 2;
const right = ({ x, width }: Box): number => x + width;
const bottom = ({ y, height }: Box): number => y + height;

/** Within a column: from each to the next, to the one beside and back, and past one to the one after it. */
export const waysIn = (column: Column, kind: Way['kind'], isUp = false): readonly Way[] => {
  const { rows, exits } = column;
  return rows.flatMap(({ main, side, inside }, index): readonly Way[] => {
    const following = rows.slice(index + 1);
    return [
      ...exits.filter(({ from }) => from === main.name).flatMap((exit) => onwards(main, exit, following, { kind, isUp })),
      ...(side === undefined ? [] : asides(exits, main, side, following)),
      ...inside.flatMap((column) => waysIn(column, kind)),
    ];
  });
};

interface Direction {
  readonly kind: Way['kind'];
  readonly isUp: boolean;
}

const onwards = (from: Box, { to, label }: Exit, following: readonly Row[], { kind, isUp }: Direction): readonly Way[] => {
  const index = following.findIndex(({ main }) => main.name === to);
  const target = following[index]?.main;
  if (target === undefined) return [];
  if (index === 0) {
    const points = isUp ? [[middle(from), from.y] as const, [middle(from), bottom(target)] as const] : down(from, target);
    return [
      { kind, points, ...(label === undefined ? {} : { label, labelAt: { x: middle(from) + 8, y: bottom(from) + 15, anchor: 'start' } }) },
    ];
  }
  // Past the ones between, on the left.
  const x = Math.min(from.x, ...following.slice(0, index + 1).map(({ main }) => main.x)) - 14;
  const points = [
    [from.x, centre(from)],
    [x, centre(from)],
    [x, centre(target)],
    [target.x, centre(target)],
  ] as const;
  return [{ kind, points, ...(label === undefined ? {} : { label, labelAt: { x: x + 4, y: centre(from) + 42, anchor: 'start' } }) }];
};

const down = (from: Box, to: Box) =>
  [
    [middle(from), bottom(from)],
    [middle(from), to.y],
  ] as const;

/** To the box beside, and from there back, or to where its own column goes on. */
const asides = (exits: readonly Exit[], main: Box, side: Box, following: readonly Row[]): readonly Way[] =>
  exits.flatMap(({ from, to, label }): readonly Way[] => {
    if (from === main.name && to === side.name) {
      const y = side.y + 7;
      const labelAt = { x: right(main) + 6, y: y - 5, anchor: 'start' } as const;
      return [
        {
          kind: 'aside',
          points: [
            [right(main), y],
            [side.x, y],
          ],
          ...(label === undefined ? {} : { label, labelAt }),
        },
      ];
    }
    if (from !== side.name) return [];
    if (to === main.name) {
      const y = side.y + 21;
      return [
        {
          kind: 'aside',
          points: [
            [side.x, y],
            [right(main), y],
          ],
          label: 'again',
          labelAt: { x: side.x - 6, y: y + 12, anchor: 'end' },
        },
      ];
    }
    const target = following.find((row) => row.main.name === to)?.main;
    if (target === undefined) return [];
    return [{ kind: 'aside', points: roundTo(side, target), ...(label === undefined ? {} : { label, labelAt: labelBy(side, target) }) }];
  });

/** Straight up or down into the target where it is wide enough, and else into its right side. */
const roundTo = (side: Box, target: Box): Way['points'] => {
  const isAbove = target.y < side.y;
  const x = middle(side);
  const start = [x, isAbove ? side.y : bottom(side)] as const;
  if (x < right(target)) return [start, [x, isAbove ? bottom(target) : target.y]];
  return [start, [x, centre(target)], [right(target), centre(target)]];
};

const labelBy = (side: Box, target: Box) =>
  ({ x: middle(side) + 8, y: target.y < side.y ? side.y - 8 : bottom(side) + 15, anchor: 'start' }) as const;

/** Between the columns: each way turns in a lane of its own. */
export const waysAcross = (forth: Column, back: Column): { readonly ways: readonly Way[]; readonly lanes: number } => {
  const sources = forth.rows.flatMap(({ main, side }) => [main, ...(side === undefined ? [] : [side])]);
  const targets = back.rows.map(({ main }) => main);
  const across = sources.flatMap((from) =>
    forth.exits
      .filter((exit) => exit.from === from.name && targets.some(({ name }) => name === exit.to))
      .map((exit, index) => ({
        from,
        to: targets.find(({ name }) => name === exit.to) as Box,
        label: exit.label,
        y: from.y + 10 + 20 * index,
      })),
  );
  const landing = (to: Box) => across.filter((one) => one.to === to).toSorted((one, other) => one.y - other.y);
  const placed = across.map((one) => {
    const all = landing(one.to);
    return { ...one, end: Math.round(one.to.y + ((all.indexOf(one) + 1) * one.to.height) / (all.length + 1)) };
  });
  const lanes: { readonly top: number; readonly bottom: number }[][] = [];
  const left = Math.max(...sources.map(right)) + 84;
  const ways = placed.map(({ from, to, label, y, end }): Way => {
    const span = { top: Math.min(y, end) - 6, bottom: Math.max(y, end) + 6 };
    const free = lanes.findIndex((lane) => lane.every((other) => span.bottom < other.top || other.bottom < span.top));
    const lane = free === -1 ? lanes.push([]) - 1 : free;
    lanes[lane]?.push(span);
    const x = left + lane * 14;
    const points = [
      [right(from), y],
      [x, y],
      [x, end],
      [to.x, end],
    ] as const;
    return { kind: 'aside', points, ...(label === undefined ? {} : { label, labelAt: { x: right(from) + 6, y: y - 5, anchor: 'start' } }) };
  });
  return { ways, lanes: lanes.length };
};
