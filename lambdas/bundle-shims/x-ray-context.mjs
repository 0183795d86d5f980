// Stands for `cls-hooked`, in which the X-Ray SDK keeps the segment that it is in, and which follows every promise of the process to
// do so. An environment of Lambda has one invocation at a time, and so one segment.
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
