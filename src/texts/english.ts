import { invites, profile, sessions } from './en/account.ts';
import { oidc } from './en/apps.ts';
import { management, managementFields } from './en/management.ts';
import { dev, message, signIn, site } from './en/pages.ts';
import { credentials, problems, validation } from './en/problems.ts';

/** All texts in English: every other language has the same keys and placeholders, or does not compile. */
export const english = {
  site,
  signIn,
  dev,
  message,
  invites,
  profile,
  sessions,
  problems,
  validation,
  credentials,
  management,
  managementFields,
  oidc,
};

/** The English texts by group. */
export type English = typeof english;
