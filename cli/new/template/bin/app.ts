import { serviceApp } from 'foldstream/cdk';

// Settings of a stage stand in cdk.json, or come with -c on the command line. What is given here holds where neither says otherwise.
await serviceApp('service-name', {
  // `stack` is a stack of the CDK: add a bucket, a queue or an alarm of your own here. `stack.api`, `stack.eventStore`,
  // `stack.readModels`, `stack.relay` and the others are its parts.
  add: (_stack) => {},
});
