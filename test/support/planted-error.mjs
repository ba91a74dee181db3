// Loaded into the product by a test: a request to `/livez` that says so has its process throw where nobody catches.
import { Server } from 'node:http';

const { emit } = Server.prototype;
Server.prototype.emit = function plant(event, request, ...others) {
  const kind = event === 'request' && request.headers['x-plant'];
  if (kind === 'timer') setTimeout(() => fail());
  if (kind === 'rejection') void Promise.reject(new Error('planted'));
  if (kind === 'listener') {
    // where the router would throw
    const { method } = request;
    let isFirst = true;
    Object.defineProperty(request, 'method', {
      get: () => {
        if (!isFirst) return method;
        isFirst = false;
        return fail();
      },
    });
  }
  return emit.call(this, event, request, ...others);
};

function fail() {
  throw new Error('planted');
}
