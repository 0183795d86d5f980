import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketRemoval } from './bucket-removal.ts';
import { firewall } from './firewall.ts';
import { certificateOf, leadTo, type OwnDomain } from './own-domain.ts';
import { stageOf } from './stage.ts';

export interface EdgeStackProps extends StackProps {
  readonly of: OwnDomain;
}

/** The only region in which CloudFront takes certificates and firewalls. */
export const edgeRegion = 'us-east-1';

/** The hosted zone of every distribution. Source: the documentation of Route 53. */
const zoneOfCloudFront = 'Z2FDTNDATAQYW2';

/**
 * CloudFront and a firewall in front of the API, under a domain of the team's own. It refers to the other stack by the name of the origin
 * alone, so the two may be in different regions.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, { of, ...props }: EdgeStackProps) {
    super(scope, id, { ...props, env: { region: edgeRegion } });
    const acl = firewall(this, 'Firewall');
    const distribution = new Distribution(this, 'Distribution', {
      comment: of.name,
      domainNames: [of.name],
      certificate: certificateOf(this, of.name, of),
      webAclId: acl.attrArn,
      httpVersion: HttpVersion.HTTP2_AND_3,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      logBucket: this.logs(),
      defaultBehavior: {
        origin: new HttpOrigin(of.origin, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          readTimeout: Duration.seconds(30),
        }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        // The ETags are those of the service.
        compress: false,
        // A redirect would come after a token was sent in the clear.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        // Answers belong to a caller, and read models change at any time.
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // With `Authorization`. Without `Host`, by which API Gateway finds the API.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
      },
    });
    leadTo(this, of.name, {
      to: { dnsName: distribution.distributionDomainName, hostedZoneId: zoneOfCloudFront },
      of,
      output: 'DomainRecord',
      types: ['A', 'AAAA'],
    });
    new CfnOutput(this, 'DomainUrl', { value: `https://${of.name}` });
    const reason = 'The service answers callers of every country. Restrict them in the account, if a rule requires it.';
    Validations.of(distribution).acknowledge({ id: 'AwsSolutions-CFR1', reason });
  }

  /** One line for each request, with the address of the caller: the API sees those of CloudFront. CloudFront writes with an ACL. */
  private logs(): Bucket {
    const logs = new Bucket(this, 'Requests', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.OBJECT_WRITER,
      enforceSSL: true,
      lifecycleRules: [{ expiration: Duration.days(stageOf(this).logRetentionDays) }],
      ...bucketRemoval(this),
    });
    Validations.of(logs).acknowledge({ id: 'AwsSolutions-S1', reason: 'It is itself a bucket of access logs.' });
    return logs;
  }
}
