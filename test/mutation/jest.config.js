import usual from '../../jest.config.js';

const { globalSetup: _engine, ...rest } = usual;

/** For a mutant, Jest starts anew: no engine, no look at folders that hold no code of ours. The tool names the tests. */
export default { ...rest, rootDir: '../..', roots: ['core', 'adapters', 'test'].map((folder) => `<rootDir>/${folder}`), watchman: false };
