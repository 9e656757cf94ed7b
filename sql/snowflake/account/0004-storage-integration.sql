-- How Snowflake gets at the bucket that Firehose delivers into: by assuming a role there, only below this prefix.
-- Never `or replace`: that would give another external id and break the trust of the role in AWS.
create storage integration if not exists {{STORAGE_INTEGRATION}}
    type = external_stage
    storage_provider = 'S3'
    enabled = true
    storage_aws_role_arn = {{STORAGE_ROLE_ARN}}
    storage_allowed_locations = ({{LANDING_URL}})
    comment = 'Trailgate: reads what Firehose delivers';

grant usage on integration {{STORAGE_INTEGRATION}} to role {{OWNER_ROLE}};
