import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { TestApp } from './harness.ts';

/**
 * Opens an app and lists all routes that its server has, whether a document describes them or not, as `GET /path`; those
 * that only refuse a method aside, and the HEAD of each GET.
 */
export async function openAppWithRoutes(open: () => Promise<TestApp>): Promise<[TestApp, readonly string[]]> {
  const found = new Map<unknown, Set<string>>();
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    const routes = new Set<string>();
    found.set(fastify, routes);
    fastify.addHook('onRoute', ({ method, url, config }: RouteOptions & { config?: object }) => {
      if (config && 'forOtherMethods' in config) return;
      for (const one of [method].flat()) routes.add(`${one} ${url}`);
    });
  };
  subscribe('fastify.initialization', listen);
  try {
    const app = await open();
    const routes = found.get(app.server) ?? new Set();
    return [
      app,
      [...routes].filter((name) => !routes.has(name.replace(/^HEAD /, 'GET ')) || !name.startsWith('HEAD ')).sort(),
    ];
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}
