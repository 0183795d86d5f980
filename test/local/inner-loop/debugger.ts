import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

/** A script of a thread. */
export interface Script {
  readonly thread: string;
  readonly url: string;
  /** Relative to `url`; empty if it has no map. */
  readonly sourceMapURL: string;
}

export interface Paused {
  readonly functionName: string;
  evaluate(expression: string): Promise<unknown>;
  resume(): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

const patienceMilliseconds = 60_000;
const inTime = async <T>(what: string, promise: Promise<T>): Promise<T> => {
  const limit = new AbortController();
  const late = setTimeout(patienceMilliseconds, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`nothing came: ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
    late.catch(() => {});
  }
};

/**
 * Attaches to a process and to all of its threads, as an editor does. A thread may end at any time, and a question to it has no answer then:
 * only what a test needs is waited for, and not for ever.
 */
export const openDebugger = async (url: string) => {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const answers = new Map<string, (result: unknown) => void>();
  const found: Script[] = [];
  const stop = Promise.withResolvers<{ readonly thread: string; readonly frame: Frame }>();
  let last = 0;
  const ask = (method: string, params: object): void => socket.send(JSON.stringify({ id: ++last, method, params }));
  const askThread = (sessionId: string, method: string, params: object = {}): Promise<unknown> => {
    const id = ++last;
    ask('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) });
    return inTime(method, new Promise((resolve) => answers.set(`${sessionId} ${id}`, resolve)));
  };
  const attach = (thread: string): void => void askThread(thread, 'Debugger.enable').catch(() => {});
  const hear = (thread: string, { id, method, params, result }: Message): void => {
    if (id !== undefined) answers.get(`${thread} ${id}`)?.(result);
    if (method === 'Debugger.scriptParsed') found.push({ ...(params as Omit<Script, 'thread'>), thread });
    if (method === 'Debugger.paused') {
      const [frame] = (params as { readonly callFrames: readonly Frame[] }).callFrames;
      if (frame !== undefined) stop.resolve({ thread, frame });
    }
  };
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data)) as Message;
    const { sessionId, message } = (params ?? {}) as { readonly sessionId: string; readonly message: string };
    if (method === 'NodeWorker.attachedToWorker') attach(sessionId);
    if (method === 'NodeWorker.receivedMessageFromWorker') hear(sessionId, JSON.parse(message));
  });
  ask('NodeWorker.enable', { waitForDebuggerOnStart: false });

  return {
    /** All scripts that the threads have loaded, once no more come. */
    scripts: async (): Promise<readonly Script[]> => {
      for (let before = -1; before < found.length || found.length === 0; ) {
        before = found.length;
        await setTimeout(1_000);
      }
      return [...found];
    },
    /** Answers how many places the breakpoint has. `line` is that of the code that runs, from 0. */
    breakAt: async ({ thread, url }: Script, line: number): Promise<number> => {
      const set = (await askThread(thread, 'Debugger.setBreakpointByUrl', { url, lineNumber: line })) as {
        readonly locations: readonly unknown[];
      };
      return set.locations.length;
    },
    /** Where the first thread stops. */
    paused: async (): Promise<Paused> => {
      const { thread, frame } = await inTime('no thread has stopped', stop.promise);
      return {
        functionName: frame.functionName,
        evaluate: async (expression) => {
          const params = { callFrameId: frame.callFrameId, expression, returnByValue: true };
          return ((await askThread(thread, 'Debugger.evaluateOnCallFrame', params)) as { readonly result: { readonly value: unknown } })
            .result.value;
        },
        resume: () => void askThread(thread, 'Debugger.resume').catch(() => {}),
      };
    },
    close: () => socket.close(),
  };
};

interface Frame {
  readonly callFrameId: string;
  readonly functionName: string;
}
