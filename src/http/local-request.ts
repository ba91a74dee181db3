import type { IncomingMessage } from 'node:http';

/** Headers by which a proxy shows that it forwards a request. */
const forwarding =
  /^(forwarded|via|cdn-loop|x-forwarded|x-forwarded-.*|x-original-.*|x-real-ip|x-envoy-.*|cf-.*|.*client-?ip)$/;

/** `localhost` and names below it (RFC 6761), 127.0.0.0/8 and ::1, with any port. */
const loopbackHost = /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

const loopbackAddress = /^((::ffff:)?127(\.\d{1,3}){3}|::1)$/i;

/**
 * True for a request from a program on this machine, to this machine. The peer is that of the socket, whatever
 * TRUST_PROXY says. A request that a proxy on this machine forwards is not local. The `Host` has to be a loopback one,
 * for another site may have its name point here (DNS rebinding). nginx uses HTTP/1.0 to a server behind it, with the
 * server's own host and port as `Host` and no other header.
 */
export function isLocalRequest({ socket, headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return (
    loopbackAddress.test(socket.remoteAddress ?? '') &&
    httpVersion !== '1.0' &&
    hosts.length <= 1 &&
    loopbackHost.test(headers.host ?? '') &&
    !Object.keys(headers).some((name) => forwarding.test(name))
  );
}
