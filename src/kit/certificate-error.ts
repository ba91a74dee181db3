/** True for the code of a TLS error that says: the authority of this certificate is not known to us. */
export function isUnknownAuthority(code: unknown): boolean {
  return /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UNABLE_TO_(GET|VERIFY))/.test(String(code));
}
