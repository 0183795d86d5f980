const forced = 130;

/** Aborted by the first Ctrl-C or its like, and when nobody is left to give one; the second one ends the process at once. */
export const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  const stop = (reason: string) => {
    if (controller.signal.aborted) process.exit(forced);
    controller.abort(new DOMException(reason, 'AbortError'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  stopWithParent(() => controller.signal.aborted || stop('who started this is gone'));
  return controller.signal;
};

/** If whoever started this was killed, nobody could stop it any more, and it would keep the port and the data. */
const stopWithParent = (stop: () => void): void => {
  const parent = process.ppid;
  const check = () => process.ppid !== parent && stop();
  if (parent > 1) setInterval(check, 1_000).unref();
};
