// Replaces `cls-hooked`, in which the X-Ray SDK keeps the current segment. `cls-hooked` follows every promise of the process. A Lambda
// environment has one invocation at a time, so one map is enough.
const values = new Map();

const namespace = {
  get: (name) => values.get(name),
  set: (name, value) => {
    values.set(name, value);
    return value;
  },
  createContext: () => ({}),
  enter: () => {},
};

export const createNamespace = () => namespace;
export const getNamespace = () => namespace;
