export type {
  CodeSent,
  Invite,
  InvitedPeople,
  Problem,
  Profile,
  ProfileChanges,
  RedeemedCode,
  Session,
  SessionList,
  SignedIn,
} from './api-types.ts';
export { type ClientOptions, createClient, type VouchClient } from './client.ts';
export type { CodeSignIn, FirstPartySignIn, PendingCode } from './first-party.ts';
export {
  type Claims,
  createOAuthClient,
  type OAuthClient,
  type OAuthOptions,
  type SignInOptions,
} from './oauth.ts';
export type { Result, VouchError } from './result.ts';
export { memoryStorage, type TokenStorage, webStorage } from './storage.ts';
