// The package `foldstream/cdk`: the stack, and the constructs that it is made of.
export { ServiceStack, type ServiceStackProps } from './service-stack.ts';
export { type Stage, stageOf } from './stage.ts';
