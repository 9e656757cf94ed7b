import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** What no template and no log may show. */
export interface Secrets {
  /** 64 hexadecimal digits: ids, cursors and pseudonyms hang on it, on every gateway and in the Lambda alike. */
  readonly installationKey: CfnSecret;
  /** The API key that holds every role. */
  readonly bootstrapKey: CfnSecret;
  /** PEM of the gateway's user in Snowflake. Empty until somebody puts it there. */
  readonly snowflakeKey: CfnSecret;
}

export function createSecrets(scope: Construct, installation: string, key: IKey): Secrets {
  const create = (
    id: string,
    name: string,
    description: string,
    generateSecretString?: CfnSecret.GenerateSecretStringProperty,
  ): CfnSecret => {
    const secret = new CfnSecret(scope, id, {
      name: `${installation}/${name}`,
      description,
      kmsKeyId: key.keyArn,
      ...(generateSecretString && { generateSecretString }),
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return secret;
  };
  return {
    installationKey: create('InstallationKey', 'installation-key', 'Never change it: ids and pseudonyms hang on it', {
      passwordLength: 64,
      excludeUppercase: true,
      excludePunctuation: true,
      excludeCharacters: 'ghijklmnopqrstuvwxyz',
    }),
    bootstrapKey: create('BootstrapKey', 'bootstrap-key', 'API key that holds every role', {
      passwordLength: 43,
      excludePunctuation: true,
    }),
    snowflakeKey: create('SnowflakeKey', 'snowflake-key', 'Private key (PEM) of the user of the gateway in Snowflake'),
  };
}
