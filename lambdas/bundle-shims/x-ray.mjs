// Replaces the entry of the X-Ray SDK. It exports the parts that the tracer of a Lambda function calls, without the patches of the previous
// AWS SDK, the servers, the plugins, and the parser of versions that these need.
import * as context from 'aws-xray-sdk-core/dist/lib/context_utils.js';
import { init } from 'aws-xray-sdk-core/dist/lib/env/aws_lambda.js';
import { captureAWSClient as captureAWSv3Client } from 'aws-xray-sdk-core/dist/lib/patchers/aws3_p.js';
import Subsegment from 'aws-xray-sdk-core/dist/lib/segments/attributes/subsegment.js';
import Segment from 'aws-xray-sdk-core/dist/lib/segments/segment.js';

init();

const { getNamespace, getSegment, setSegment, setContextMissingStrategy } = context;

// biome-ignore lint/style/noDefaultExport: the tracer imports the SDK's default export.
export default { Segment, Subsegment, captureAWSv3Client, getNamespace, getSegment, setSegment, setContextMissingStrategy };
