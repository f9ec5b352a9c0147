/** Everything the audit log can say, each with a sentence for people. */
export const activityActions = {
  'workspace.created': 'A workspace was made.',
  'workspace.updated': 'The workspace was renamed.',
  'person.signed_in': 'A person signed in.',
  'person.signed_out': 'A person signed out.',
  'person.password_changed': 'A person chose another password.',
  'member.updated': 'A member was given another role.',
  'member.removed': 'A member was removed.',
  'invitation.created': 'An invitation was made.',
  'invitation.revoked': 'An invitation was revoked.',
  'invitation.accepted': 'An invitation was accepted.',
  'api_key.created': 'An API key was made.',
  'api_key.revoked': 'An API key was revoked.',
  'app.created': 'A TikTok app was added.',
  'app.updated': 'A TikTok app was changed.',
  'app.deleted': 'A TikTok app was removed.',
  'connection.started': 'Connecting an account was begun.',
  'connection.refused':
    'Connecting an account was refused, by the person, by TikTok or by Greenroom.',
  'account.connected': 'An account was connected.',
  'account.reconnected': 'An account was connected again.',
  'account.disconnected': 'An account was disconnected.',
  'account.reconnect_needed': 'An account needs to be connected again.',
  'account.authorization_removed': 'TikTok told that the creator took the authorization away.',
  'token.handed_out': 'An access token was handed to a use of it.',
  'token.refresh_begun': 'A request for a new pair of tokens is about to be sent.',
  'token.refreshed': 'A new pair of tokens was stored.',
  'token.refresh_failed': 'A refresh failed and will be tried again.',
  'token.revoked': 'An access token was revoked at TikTok.',
  'domain_proof.set': 'A signature file of TikTok’s was put up.',
  'domain_proof.deleted': 'A signature file of TikTok’s was taken down.',
  'backup.restored': 'The installation was restored from a backup.',
  'master_key.rotated': 'The data keys were wrapped by another master key.',
  'master_key.forgotten': 'What was sealed under a lost master key was given up.',
} as const satisfies Record<string, string>;

/** What an entry of the audit log says. */
export type ActivityAction = keyof typeof activityActions;
