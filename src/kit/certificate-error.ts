/** True for a TLS error code that means an unknown certificate authority. */
export function isUnknownAuthority(code: unknown): boolean {
  return /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UNABLE_TO_(GET|VERIFY))/.test(String(code));
}
