/**
 * Makes the path of an invite link decodable: octets that are no UTF-8 and percent signs that encode nothing would be a
 * bad request otherwise, and the reader would not learn of the invite. Other paths stay as they are.
 */
export function decodableLinkPath(url: string): string {
  if (!/^\/i(?:[/?]|$)/i.test(url)) return url;
  const [path = '', ...query] = url.split('?');
  const decodable = path
    .replace(/%(?![0-9a-f]{2})/gi, '%25')
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => (isUtf8(run) ? run : encodeURIComponent(octetsOf(run).toString())));
  return [decodable, ...query].join('?');
}

function isUtf8(run: string): boolean {
  return Buffer.from(octetsOf(run).toString()).equals(octetsOf(run));
}

function octetsOf(run: string): Buffer {
  return Buffer.from(run.replaceAll('%', ''), 'hex');
}
