import { type Log, type Print, parted, recordIn, secondsSince } from './log.ts';

/** One JSON object a line. A function's line is as the function wrote it, with the function's name as `source`. */
export const logAsJson = (print: Print): Log => {
  const write = (record: Readonly<Record<string, unknown>>): void => print(JSON.stringify(record));
  return {
    line: (line) => {
      const { source, text } = parted(line);
      write({ source, ...(recordIn(text) ?? { message: text }) });
    },
    tell: (occurrence) => write({ source: 'local', ...occurrence }),
    step: (title, done) => {
      const began = performance.now();
      done.then(
        () => write({ source: 'local', type: 'done', message: title, took: secondsSince(began) }),
        () => {},
      );
    },
    welcome: (_, facts) => write({ source: 'local', type: 'listening', ...facts }),
    stopping: (reason) => write({ source: 'local', type: 'stopping', message: reason }),
    onRegistry: () => {},
  };
};
