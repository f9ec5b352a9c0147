import type { OperationId } from './operations.ts';

/** What a person may be in a workspace; each may do all that the ones before may. */
export const roles = ['viewer', 'editor', 'owner'] as const;

/** Role of a person in a workspace. */
export type Role = (typeof roles)[number];

/** What an API key may be allowed, with the role that a person needs to hand it out. */
export const scopeRoles = {
  'workspace:read': 'viewer',
  'workspace:manage': 'owner',
  'accounts:read': 'viewer',
  'accounts:connect': 'editor',
  'accounts:manage': 'editor',
  'media:read': 'viewer',
  'media:write': 'editor',
  'posts:read': 'viewer',
  'posts:write': 'editor',
  'posts:publish': 'editor',
  'webhooks:manage': 'owner',
  'activity:read': 'viewer',
} as const satisfies Record<string, Role>;

/** Something that an API key may be allowed. */
export type Scope = keyof typeof scopeRoles;

/** Who may call an operation. */
export interface Access {
  /**
   * The least role of a person in the workspace; `person`: anybody who is signed in, whatever the
   * workspace; `public`: anybody.
   */
  readonly role: Role | 'person' | 'public';
  /** The scope that an API key needs. Without one, no API key may call the operation. */
  readonly scope?: Scope;
}

/** Who may call what: the one table of it. Roles bind people, scopes bind API keys. */
export const access = {
  getSession: { role: 'person' },
  signIn: { role: 'public' },
  signOut: { role: 'person' },
  changePassword: { role: 'person' },

  listWorkspaces: { role: 'person' },
  createWorkspace: { role: 'person' },
  getWorkspace: { role: 'viewer', scope: 'workspace:read' },
  updateWorkspace: { role: 'owner', scope: 'workspace:manage' },
  leaveWorkspace: { role: 'viewer' },

  listMembers: { role: 'viewer', scope: 'workspace:read' },
  updateMember: { role: 'owner', scope: 'workspace:manage' },
  removeMember: { role: 'owner', scope: 'workspace:manage' },

  createInvitation: { role: 'owner', scope: 'workspace:manage' },
  listInvitations: { role: 'owner', scope: 'workspace:manage' },
  revokeInvitation: { role: 'owner', scope: 'workspace:manage' },
  acceptInvitation: { role: 'public' },

  listApiKeys: { role: 'editor', scope: 'workspace:manage' },
  createApiKey: { role: 'editor', scope: 'workspace:manage' },
  revokeApiKey: { role: 'editor', scope: 'workspace:manage' },

  listApps: { role: 'viewer', scope: 'accounts:read' },
  createApp: { role: 'owner', scope: 'workspace:manage' },
  updateApp: { role: 'owner', scope: 'workspace:manage' },
  deleteApp: { role: 'owner', scope: 'workspace:manage' },

  startConnection: { role: 'editor', scope: 'accounts:connect' },
  getConnection: { role: 'editor', scope: 'accounts:connect' },
  completeConnection: { role: 'editor', scope: 'accounts:connect' },

  listAccounts: { role: 'viewer', scope: 'accounts:read' },
  getAccount: { role: 'viewer', scope: 'accounts:read' },
  refreshAccount: { role: 'editor', scope: 'accounts:manage' },
  disconnectAccount: { role: 'editor', scope: 'accounts:manage' },
  getCreatorInfo: { role: 'viewer', scope: 'accounts:read' },

  listMedia: { role: 'viewer', scope: 'media:read' },
  getMedia: { role: 'viewer', scope: 'media:read' },
  deleteMedia: { role: 'editor', scope: 'media:write' },
  getMediaUsage: { role: 'viewer', scope: 'media:read' },
  listDomainProofs: { role: 'viewer', scope: 'accounts:read' },
  putDomainProof: { role: 'owner', scope: 'workspace:manage' },
  deleteDomainProof: { role: 'owner', scope: 'workspace:manage' },

  createPost: { role: 'editor', scope: 'posts:write' },
  listPosts: { role: 'viewer', scope: 'posts:read' },
  getPost: { role: 'viewer', scope: 'posts:read' },
  updatePost: { role: 'editor', scope: 'posts:write' },
  deletePost: { role: 'editor', scope: 'posts:write' },
  validatePost: { role: 'editor', scope: 'posts:write' },
  schedulePost: { role: 'editor', scope: 'posts:publish' },
  cancelPost: { role: 'editor', scope: 'posts:write' },
  retryPost: { role: 'editor', scope: 'posts:publish' },
  resolvePost: { role: 'editor', scope: 'posts:publish' },
  getPostTimeline: { role: 'viewer', scope: 'posts:read' },

  checkImport: { role: 'editor', scope: 'posts:write' },
  createImport: { role: 'editor', scope: 'posts:write' },
  exportPosts: { role: 'viewer', scope: 'posts:read' },

  forecastPosts: { role: 'editor', scope: 'posts:write' },
  getPublishing: { role: 'viewer', scope: 'posts:read' },

  listWebhookEndpoints: { role: 'owner', scope: 'webhooks:manage' },
  createWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  getWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  updateWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  deleteWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  rotateWebhookSecret: { role: 'owner', scope: 'webhooks:manage' },
  testWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  replayWebhookEndpoint: { role: 'owner', scope: 'webhooks:manage' },
  listWebhookDeliveries: { role: 'owner', scope: 'webhooks:manage' },
  replayWebhookDelivery: { role: 'owner', scope: 'webhooks:manage' },

  listAlerts: { role: 'viewer', scope: 'activity:read' },
  acknowledgeAlert: { role: 'editor', scope: 'posts:write' },
  listChecks: { role: 'viewer', scope: 'activity:read' },
  runChecks: { role: 'owner', scope: 'workspace:manage' },

  listActivity: { role: 'viewer', scope: 'activity:read' },
} as const satisfies Record<OperationId, Access>;

/** Who may upload: tus is a protocol of its own, and none of the operations. */
export const uploadAccess = { role: 'editor', scope: 'media:write' } as const satisfies Access;

/** Whether a role covers what another may do. */
export function isRoleAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}
