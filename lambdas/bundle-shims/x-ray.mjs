// Stands for the entry of the X-Ray SDK: the parts of it that a Lambda's tracer calls, and not its patches of the SDK before this
// one, its servers, its plugins and the parser of versions that they need.
import * as context from 'aws-xray-sdk-core/dist/lib/context_utils.js';
import { init } from 'aws-xray-sdk-core/dist/lib/env/aws_lambda.js';
import { captureAWSClient as captureAWSv3Client } from 'aws-xray-sdk-core/dist/lib/patchers/aws3_p.js';
import Subsegment from 'aws-xray-sdk-core/dist/lib/segments/attributes/subsegment.js';
import Segment from 'aws-xray-sdk-core/dist/lib/segments/segment.js';

init();

const { getNamespace, getSegment, setSegment, setContextMissingStrategy } = context;

// biome-ignore lint/style/noDefaultExport: the tracer takes it whole, as it comes from the SDK.
export default { Segment, Subsegment, captureAWSv3Client, getNamespace, getSegment, setSegment, setContextMissingStrategy };
