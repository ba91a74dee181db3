import { languageOf } from '../http/language.ts';
import { sendPage } from '../http/pages.tsx';
import type { Reply, Request, Server } from '../http/server.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { forgetReturn, type ReturnTo, readReturn } from './return-to.ts';
import { ReturnView } from './return-view.tsx';

/** The path that a finished sign-in goes to when an app waits for it. */
export const returnPath = '/continue/';

/** The dependencies of the end of a sign-in at another place. */
export interface ReturnPagesNeeds {
  readonly keys: SecretKeys;
  /** Called before a browser leaves for an app on another origin. */
  readonly onReturn?: ((request: Request, reply: Reply) => void) | undefined;
}

/**
 * The end of a sign-in at another place: the page that goes on to it, and cancelling. The page is necessary: browsers
 * apply `form-action` to the redirects of a form too, so a redirect after the form of the code would reach no other
 * origin.
 */
export function returnPages(server: Server, { keys, onReturn }: ReturnPagesNeeds): void {
  server.get(returnPath, (request, reply) => {
    const place = readReturn(request, keys);
    forgetReturn(reply);
    if (place && !place.target.startsWith('/')) onReturn?.(request, reply);
    return place ? sendReturn(request, reply, place) : reply.redirect('/', 303);
  });

  server.post('/continue/cancel', (request, reply) => {
    const place = readReturn(request, keys);
    forgetReturn(reply);
    return place && place.cancelPath !== '/'
      ? sendReturn(request, reply, { ...place, target: place.cancelPath })
      : reply.redirect('/', 303);
  });
}

/** The pages of a sign-in, which show the app that waits for it. */
const signInPath = /^\/(?:$|countries\/|confirm\/|continue\/)/;

/** Gives the pages of a sign-in the look of the app that waits for it: those of errors, too. */
export function showWaitingApp(server: Server, keys: SecretKeys): void {
  server.addHook('onRequest', async (request, reply) => {
    if (signInPath.test(request.routeOptions.url ?? '')) reply.appLook = readReturn(request, keys)?.look;
  });
}

/** Sends the page that takes the browser to an allowed place, without JavaScript too. */
export function sendReturn(request: Request, reply: Reply, { target, name }: ReturnTo): Reply {
  return sendPage(reply, <ReturnView language={languageOf(request)} target={target} name={name} />);
}
