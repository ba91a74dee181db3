import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './free-port.ts';
import { eventually } from './product-launch.ts';

/** The commands of WebDriver (W3C) that a journey needs, and what each is over HTTP. */
const commands = {
  DeleteSession: ['DELETE', ''],
  Navigate: ['POST', '/url'],
  GetCurrentURL: ['GET', '/url'],
  GetCookies: ['GET', '/cookie'],
  DeleteAllCookies: ['DELETE', '/cookie'],
  FindElement: ['POST', '/element'],
  ElementClear: ['POST', '/element/{id}/clear'],
  ElementClick: ['POST', '/element/{id}/click'],
  ElementSendKeys: ['POST', '/element/{id}/value'],
  GetElementText: ['GET', '/element/{id}/text'],
  GetElementCSSValue: ['GET', '/element/{id}/css/{propertyName}'],
  GetElementProperty: ['GET', '/element/{id}/property/{name}'],
  SetWindowRect: ['POST', '/window/rect'],
  TakeScreenshot: ['GET', '/screenshot'],
} as const;

/** Gives a command to a browser, and resolves with its value; what the browser refuses is thrown. */
export type Command = (name: keyof typeof commands, parameters?: Record<string, unknown>) => Promise<unknown>;

/** What a browser answers where it does not do what it was told, as the standard writes it. */
export class WebDriverError extends Error {
  constructor({ error, message }: { error?: string; message?: string }) {
    super(`${error}: ${message}`);
  }
}

/** Whether it would do it as soon as the page is there that is on its way. */
export function isPassing(fault: unknown): boolean {
  const passing = /^(no such element|stale element reference|element not interactable|no such window|no such frame)/;
  return fault instanceof WebDriverError && passing.test(fault.message);
}

/** Starts a program that takes the commands over HTTP, and has it open a browser; both end with what is returned. */
export async function openOverHttp(
  program: string,
  capabilities: object,
  env: NodeJS.ProcessEnv,
): Promise<{ command: Command; close(): Promise<void> }> {
  const port = await freePort();
  const driver = spawn(program, [`--port=${port}`], { env, stdio: 'ignore' });
  const at = `http://127.0.0.1:${port}`;
  const opened = await orEnd(driver, async () => {
    await eventually(`${program} to serve`, async () => {
      assert.equal(driver.exitCode, null, `${program} has ended`);
      return (await fetch(`${at}/status`).catch(() => undefined))?.ok;
    });
    return say('POST', `${at}/session`, { capabilities: { alwaysMatch: capabilities } });
  });
  const session = `${at}/session/${(opened as { sessionId: string }).sessionId}`;
  const command: Command = (name, parameters = {}) => {
    const [method, path] = commands[name];
    return say(method, session + path.replace(/\{(\w+)\}/g, (_, part) => String(parameters[part])), parameters);
  };
  return {
    command,
    async close() {
      await command('DeleteSession');
      await ended(driver);
    },
  };
}

async function say(method: string, url: string, parameters: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(method === 'POST' ? { body: JSON.stringify(parameters) } : {}) });
  const { value } = (await answer.json()) as { value: object };
  if (!answer.ok) throw new WebDriverError(value);
  return value;
}

/** Does what a process of ours is started for; where that fails, nothing of it stays behind. */
export async function orEnd<T>(process: ChildProcess, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    await ended(process);
    throw fault;
  }
}

/** Ends a process that is ours. */
export async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill();
  await once(process, 'exit');
}
