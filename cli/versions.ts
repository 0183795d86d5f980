/** `1.2.3` as numbers; what follows a hyphen or a plus does not count. */
const partsOf = (version: string): readonly number[] => version.split(/[-+]/)[0]?.split('.').map(Number) ?? [];

/** Below 0, 0 or above 0, as in sorting. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** Whether a version is in a range of the two forms that package.json has for peers: `^1.2.3` and `1.2.3`. */
export const isIn = (version: string, range: string): boolean => {
  const least = range.replace('^', '');
  if (!range.startsWith('^')) return compareVersions(version, least) === 0;
  const [major, minor] = partsOf(least);
  const [given, givenMinor] = partsOf(version);
  return given === major && (major !== 0 || givenMinor === minor) && compareVersions(version, least) >= 0;
};
