import { CfnOutput } from 'aws-cdk-lib';
import { DomainName, EndpointType, SecurityPolicy } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, CfnCertificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { bundlesApart } from './bundle-options.ts';
import { stageOf } from './stage.ts';

/** The names of a stage with a domain of its own. */
export interface OwnDomain {
  /** What clients call: CloudFront. */
  readonly name: string;
  /** What CloudFront calls: the API. A name that the synthesis knows, so that neither stack has to tell the other one. */
  readonly origin: string;
  /** Absent: the records are made by hand. */
  readonly hostedZoneId: string | undefined;
}

/** Undefined without the setting `domainName`, and on the local system, which has neither CloudFront nor a second stack. */
export const ownDomainOf = (scope: Construct): OwnDomain | undefined => {
  const { domainName: name, hostedZoneId } = stageOf(scope);
  if (name === undefined || scope.node.tryGetContext(bundlesApart) !== undefined) return undefined;
  return { name, origin: `origin.${name}`, hostedZoneId };
};

/** A certificate that proves itself by a record in DNS. Without a hosted zone the deployment waits until the record is made by hand. */
export const certificateOf = (scope: Construct, name: string, { hostedZoneId }: OwnDomain): ICertificate => {
  const certificate = new CfnCertificate(scope, 'Certificate', {
    domainName: name,
    validationMethod: 'DNS',
    ...(hostedZoneId === undefined ? {} : { domainValidationOptions: [{ domainName: name, hostedZoneId }] }),
  });
  return Certificate.fromCertificateArn(scope, 'IssuedCertificate', certificate.ref);
};

export interface Leading {
  readonly to: { readonly dnsName: string; readonly hostedZoneId: string };
  readonly of: OwnDomain;
  /** The name of the output. */
  readonly output: string;
  readonly types: readonly ('A' | 'AAAA')[];
}

/** Lets a name lead to a service of AWS. Without a hosted zone the output says which record is to be made: a CNAME. */
export const leadTo = (scope: Construct, name: string, { to, of, output, types }: Leading): void => {
  const { hostedZoneId } = of;
  if (hostedZoneId === undefined) {
    new CfnOutput(scope, output, { value: `${name} CNAME ${to.dnsName}`, description: 'Make this record in DNS' }).overrideLogicalId(
      output,
    );
    return;
  }
  for (const type of types) new CfnRecordSet(scope, `Record${type}`, { name, type, hostedZoneId, aliasTarget: to });
};

/** The name by which CloudFront reaches the API, in the region of the API. */
export class OriginName extends Construct {
  readonly domainName: DomainName;

  constructor(scope: Construct, id: string, of: OwnDomain) {
    super(scope, id);
    this.domainName = new DomainName(this, 'Name', {
      domainName: of.origin,
      certificate: certificateOf(this, of.origin, of),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    const { regionalDomainName: dnsName, regionalHostedZoneId: hostedZoneId } = this.domainName;
    leadTo(this, of.origin, { to: { dnsName, hostedZoneId }, of, output: 'OriginRecord', types: ['A'] });
  }
}
