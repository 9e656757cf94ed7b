/** What an eventName says: the verb it begins with, and the noun that follows. */

export type Verb = 'CREATE' | 'READ' | 'UPDATE' | 'DELETE' | 'EXECUTE' | 'EXPORT' | 'DOWNLOAD';

const PREFIXES: Readonly<Record<Exclude<Verb, 'EXECUTE'>, string>> = {
  CREATE:
    'Accept Add Allocate Assign Associate Attach Authorize Claim Clone Copy Create Grant Import Initialize Initiate ' +
    'Issue Join Link Post Provision Publish Purchase Put Register Replicate Request Restore Subscribe Tag Upload Write',
  READ:
    'Check Compare Count Decode Decrypt Describe Detect Discover Estimate Evaluate Filter Find Get Head Is List Lookup ' +
    'Poll Preview Query Read Receive Retrieve Scan Search Select Simulate Test Validate Verify View',
  UPDATE:
    'Activate Adjust Apply Change Configure Deactivate Decrease Disable Edit Enable Extend Increase Merge Modify Move ' +
    'Override Promote Rebuild Refresh Rename Renew Replace Reset Resize Rotate Set Swap Switch Transfer Update Upgrade',
  DELETE:
    'Abandon Abort Cancel Clear Close Delete Deny Deprovision Deregister Detach Disassociate Discard Dismiss Leave Purge ' +
    'Reject Release Remove Retire Revoke Schedule Terminate Unassign Unlink Unregister Unsubscribe Untag',
  EXPORT: 'Export',
  DOWNLOAD: 'Download',
};

const VERB_OF = new Map<string, Verb>(
  (Object.keys(PREFIXES) as Exclude<Verb, 'EXECUTE'>[]).flatMap((verb) =>
    PREFIXES[verb].split(' ').map((prefix) => [prefix, verb] as const),
  ),
);

/** Words before the verb: BatchGetSecretValue reads, AdminDeleteUser deletes. */
const BEFORE_THE_VERB = /^(?:Batch|Admin|Bulk)(?=[A-Z])/;
/** Lambda writes its API version behind the name: CreateFunction20150331, AddPermission20150331v2. */
const API_VERSION = /(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$/;
/** Exports that are started as jobs: CreateInstanceExportTask, StartExportTask. */
const EXPORT_JOB = /^(?:Create|Start)[A-Za-z]*Export(?:Task|Job)?$/;

/** EXECUTE for every verb that neither reads nor makes, changes or removes something: Start, Stop, Send, Invoke, Encrypt. */
export function readEventName(eventName: string): { verb: Verb; noun: string } {
  const name = eventName.replace(API_VERSION, '').replace(BEFORE_THE_VERB, '');
  const [first = ''] = /^[A-Z]?[a-z0-9]*/.exec(name) ?? [];
  const verb = EXPORT_JOB.test(name) ? 'EXPORT' : (VERB_OF.get(first) ?? 'EXECUTE');
  return { verb, noun: name.slice(first.length) };
}
