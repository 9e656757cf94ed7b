import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** One alarm: a metric of the vendor's, and when somebody must look. */
export interface Watch {
  readonly name: string;
  /** What has happened and what to do, for whoever is woken up. */
  readonly message: string;
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum';
  readonly dimensions: Record<string, string>;
  readonly when: { readonly above: number } | { readonly below: number };
  /** This many of the last so many minutes. */
  readonly minutes: { readonly of: number; readonly at: number };
  /** No figure at all is as bad as a bad one. */
  readonly silenceIsBad?: boolean;
}

export function createAlarms(scope: Construct, installation: string, topic: ITopic, watches: readonly Watch[]): void {
  const action = new SnsAction(topic);
  for (const watch of watches) {
    const { when, minutes } = watch;
    const alarm = new Alarm(scope, `Alarm-${watch.name}`, {
      alarmName: `${installation}-${watch.name}`,
      alarmDescription: watch.message,
      metric: new Metric({
        namespace: watch.namespace,
        metricName: watch.metric,
        statistic: watch.statistic,
        dimensionsMap: watch.dimensions,
        period: Duration.minutes(1),
      }),
      threshold: 'above' in when ? when.above : when.below,
      comparisonOperator:
        'above' in when ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: minutes.of,
      datapointsToAlarm: minutes.at,
      treatMissingData: watch.silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
