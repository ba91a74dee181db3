/** Whether a host name or an address means this machine (RFC 6761, 6.3; RFC 1122, 3.2.1.3). */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
