const forced = 130;

/** Aborted by the first Ctrl-C or similar signal, and when the parent process has ended. The second signal ends the process at once. */
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

/** If the process that started this one was killed, this one would keep the port and the data. */
const stopWithParent = (stop: () => void): void => {
  const parent = process.ppid;
  const check = () => process.ppid !== parent && stop();
  if (parent > 1) setInterval(check, 1_000).unref();
};
