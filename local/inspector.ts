import { close, open, url } from 'node:inspector';

/**
 * Lets debuggers attach. They find the functions, too, each of which runs in a thread of its own: VS Code and Chrome ask a process for its
 * threads. Answers the address of the inspector; nothing, where no port is given.
 */
export const openInspector = (port: number | undefined, onStop: (stop: () => unknown) => void): string | undefined => {
  if (port === undefined) return undefined;
  open(port, '127.0.0.1');
  onStop(close);
  return url();
};
