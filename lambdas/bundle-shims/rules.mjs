// Replaces the checks of a domain's rules: unique names, data that survive JSON, the tables of commands, sagas and all other members. Each
// synthesis makes the checks, each test that imports the domain and each local start. The domain of a function is the one that was checked,
// so its cold start need not take the time again.
export const checkDomain = () => {};
