import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Parameters } from './parameters.ts';

/** Where alarms go. A policy of its own replaces the one that lets the account's services in, so it must name them. */
export function createAlarmTopic(scope: Construct, installation: string, key: IKey, parameters: Parameters): Topic {
  const topic = new Topic(scope, 'Alarms', { topicName: `${installation}-alarms`, masterKey: key, enforceSSL: true });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  const mail = new CfnSubscription(scope, 'AlarmMail', {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: parameters.alarmEmail.valueAsString,
  });
  mail.cfnOptions.condition = parameters.isMailWanted;
  return topic;
}
