export interface Example {
  /** Its operation's name is the title of its tab. */
  readonly query: string;
  /** `{now}` and `{now-24h}` inside a string become that moment when the page is opened. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** What the page offers to someone who opens it for the first time, one tab each. */
export const EXAMPLES: readonly Example[] = [
  {
    query: `# The newest events. Ctrl-Enter runs it.
query NewestEvents($first: Int = 20) {
  auditEvents(first: $first) {
    nodes {
      timestamp
      userId
      eventType
      action
      resourceId
      outcome
      sourceIp
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    dataAsOf
  }
}
`,
  },
  {
    query: `# Who fails or is denied most.
query FailuresByUser {
  auditEventGroups(
    filter: { outcome: [FAILURE, DENIED] }
    groupBy: [USER_ID]
    first: 10
  ) {
    nodes {
      dimensions {
        userId
      }
      count
      firstAt
      lastAt
    }
    dataAsOf
  }
}
`,
  },
  {
    query: `# What happened in each hour (UTC).
query HourlyCounts($period: TimeRange!) {
  auditEventGroups(
    filter: { timestamp: $period }
    groupBy: [ACTIVITY_TYPE]
    interval: HOUR
    orderBy: {
      field: BUCKET
      direction: DESC
    }
    first: 100
  ) {
    nodes {
      bucket
      dimensions {
        activityType
      }
      count
      uniqueUsers
      failureCount
    }
    dataAsOf
  }
}
`,
    variables: { period: { from: '{now-24h}' } },
  },
  {
    query: `# What one user does, and did last.
query UserActivity($userId: String!) {
  user(userId: $userId) {
    userId
    role
    department
    activity {
      activityType
      eventCount
      resourceAccessCount
      sessionCount
      avgSessionMinutes
      firstActivityAt
      lastActivityAt
    }
  }
  auditEvents(filter: { userId: { eq: $userId } }, first: 10) {
    nodes {
      timestamp
      eventType
      action
      resourceId
      outcome
      metadata
    }
  }
}
`,
    variables: { userId: 'usr-0042' },
  },
  {
    query: `# Once answered, it is durable.
# The same eventId and timestamp
# again change nothing.
mutation IngestEvent($event: AuditEventInput!) {
  ingestEvent(event: $event) {
    accepted
    eventIds
    receivedAt
    rejections {
      code
      message
      path
    }
  }
}
`,
    variables: {
      event: {
        timestamp: '{now}',
        eventType: 'DATA_ACCESS',
        action: 'READ',
        userId: 'usr-0042',
        resourceId: 'crm/customer/00017',
        outcome: 'SUCCESS',
        metadata: { access_method: 'WEB', request_id: 'req-0001' },
      },
    },
  },
  {
    query: `# Refused events, newest first.
# resolveIngestErrors replays them,
# or discards them.
query IngestErrors {
  ingestErrors(filter: { status: [NEW] }, first: 20) {
    nodes {
      errorId
      occurredAt
      code
      message
      eventId
      source
      ingestedBy
    }
  }
}
`,
  },
];
