import { join } from 'node:path';
import { jest } from '@jest/globals';
import { run } from '../../cli/es/run.ts';

/** `npm run es -- …` for a system whose data is in `data` of a folder: the exit code, and what it said. */
export const esIn =
  (folder: string) =>
  async (...args: readonly string[]) => {
    const said: string[] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
    const code = await run(args, join(folder, 'data'));
    log.mockRestore();
    return { code, said: said.join('\n') };
  };
