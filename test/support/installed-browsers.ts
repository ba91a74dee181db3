import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser, openVisitor } from './browser.ts';
import { browserWindow, heightFor } from './browser-window.ts';
import { findProgram, missingProgram } from './installed-programs.ts';
import { overMarionette } from './marionette.ts';
import { eventually } from './product-launch.ts';
import { openDisplay } from './virtual-display.ts';
import { type Command, ended, isPassing, openOverHttp, orEnd } from './webdriver.ts';

/** A person before one page of one of the browsers. What is waited for is there soon, or the test fails. */
export interface Person {
  go(url: string): Promise<void>;
  /** Resolves when the page has such an element. */
  shows(selector: string): Promise<void>;
  /** Resolves when the page is the one of this path. */
  arrives(path: string): Promise<void>;
  /** What a reader sees of an element. */
  text(selector: string): Promise<string>;
  /** What stands in a field. */
  value(selector: string): Promise<string>;
  /** How an element is drawn, by a property of CSS. */
  style(selector: string, property: string): Promise<string>;
  /** Types into a field in place of what stands there. */
  type(selector: string, text: string): Promise<void>;
  /** The same, and presses Enter. */
  enter(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  cookies(): Promise<readonly Cookie[]>;
  /** The whole page, as a PNG. */
  picture(): Promise<Buffer>;
  /** Leaves; fails where the browser is known to have complained. */
  leave(): Promise<void>;
}

/** A cookie as the browser keeps it. */
interface Cookie {
  readonly name: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly sameSite?: string;
}

/** How a browser shows pages. */
export interface Look {
  readonly scheme: 'light' | 'dark';
  readonly locale: string;
}

/** A browser that runs. */
export interface Running {
  /** A new person; the width is that of the page, in CSS pixels. */
  visit(url: string, options?: { javaScriptEnabled?: boolean; width?: number }): Promise<Person>;
  close(): Promise<void>;
}

/** A browser that may be here. */
export interface Installed {
  readonly name: string;
  /** Why it cannot be had. */
  readonly missing: false | string;
  /** Whether it can be told to run no scripts. */
  readonly canDoWithoutScripts: boolean;
  /** WebKit takes no locale: it asks for pages in the language of the machine. */
  open(look?: Look): Promise<Running>;
}

/** All browsers in which the pages are tried. */
export const browsers: readonly Installed[] = [
  { name: 'Chromium', missing: false, canDoWithoutScripts: true, open: openChromium },
  {
    name: 'Firefox',
    missing: firefoxPath() === undefined && 'Firefox is not installed',
    canDoWithoutScripts: false,
    open: openFirefox,
  },
  {
    name: 'WebKit',
    missing: missingProgram('WebKitWebDriver') || (!process.env.DISPLAY && missingProgram('Xvfb')),
    canDoWithoutScripts: false,
    open: openWebKit,
  },
];

async function openChromium(look?: Look): Promise<Running> {
  const looks = look && { colorScheme: look.scheme, locale: look.locale };
  return {
    async visit(url, { width, ...options } = {}) {
      const viewport = width === undefined ? {} : { viewport: { width, height: heightFor(width) } };
      const seen = await openVisitor(await openBrowser(), url, {
        ignoreHTTPSErrors: true,
        ...looks,
        ...viewport,
        ...options,
      });
      const { page, context } = seen;
      return {
        go: async (to) => void (await page.goto(to)),
        shows: async (selector) => void (await page.waitForSelector(selector, { state: 'attached' })),
        arrives: (path) => page.waitForURL(({ pathname }) => pathname === path),
        text: async (selector) => {
          await page.waitForSelector(selector, { state: 'attached' });
          return (await page.locator(selector).allInnerTexts())[0] ?? '';
        },
        value: (selector) => page.inputValue(selector),
        style: (selector, property) => page.locator(selector).first().evaluate(computed, property),
        type: (selector, text) => page.fill(selector, text),
        async enter(selector, text) {
          await page.fill(selector, text);
          // the page may be left already: the last digit of a code submits it
          await page.keyboard.press('Enter');
        },
        click: (selector) => page.click(selector),
        cookies: () => context.cookies(),
        picture: () => page.screenshot({ fullPage: true }),
        async leave() {
          await context.close();
          assert.deepEqual(seen.elsewhere, [], 'no request to another host');
          assert.deepEqual(seen.problems, [], 'nothing in the console');
        },
      };
    },
    close: async () => {},
  };
}

/** Runs in the page. */
const computed = (element: unknown, property: string): string =>
  (globalThis as unknown as Styled).getComputedStyle(element).getPropertyValue(property);

interface Styled {
  getComputedStyle(element: unknown): { getPropertyValue(property: string): string };
}

const trusting = { acceptInsecureCerts: true };

/** A Firefox as it is released; what a distribution calls `firefox` may be a script that only says how to get one. */
function firefoxPath(): string | undefined {
  const found = ['firefox-esr', 'firefox'].flatMap((name) => findProgram(name) ?? []);
  return found.find((path) => /^Mozilla Firefox/m.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout));
}

async function openFirefox(look?: Look): Promise<Running> {
  const profile = await mkdtemp(join(tmpdir(), 'vouch-firefox-'));
  const preferences = firefoxPreferences(look).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
  );
  await writeFile(join(profile, 'user.js'), `${preferences.join('\n')}\n`);
  await mkdir(join(profile, 'chrome'));
  // a window of Firefox is at least 450 px wide otherwise
  await writeFile(join(profile, 'chrome', 'userChrome.css'), ':root { min-width: 0 !important }\n');
  const words = ['--headless', '--marionette', '--no-remote', '--profile', profile];
  const firefox = spawn(firefoxPath()!, words, { env: { ...process.env, HOME: profile }, stdio: 'ignore' });
  const command = await orEnd(firefox, async () => {
    const port = await eventually('Firefox to listen', async () => {
      assert.equal(firefox.exitCode, null, 'Firefox has ended');
      return Number(await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => 0));
    });
    return overMarionette(port, trusting);
  });
  return {
    visit: (url, { width } = {}) => personByWebDriver(command, url, { width, takesWholePages: true }),
    async close() {
      await ended(firefox);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function firefoxPreferences(look?: Look): (readonly [string, string | number | boolean])[] {
  const own = [
    ['marionette.port', 0],
    ['toolkit.legacyUserProfileCustomizations.stylesheets', true],
  ] as const;
  if (!look) return [...own];
  const isLight = look.scheme === 'light' ? 1 : 0;
  return [
    ...own,
    ['layout.css.prefers-color-scheme.content-override', isLight],
    ['intl.accept_languages', look.locale],
  ];
}

/** The WebKit of GTK, on a screen of its own where there is Xvfb. */
async function openWebKit(look?: Look): Promise<Running> {
  const display = missingProgram('Xvfb') ? undefined : await openDisplay();
  const settings = look && (await gtkSettings());
  const env = {
    ...process.env,
    ...(display ? { DISPLAY: display.name, GDK_BACKEND: 'x11' } : {}),
    ...(settings ? { XDG_CONFIG_HOME: settings } : {}),
    ...(look?.scheme === 'dark' ? { GTK_THEME: 'Adwaita:dark' } : {}),
  };
  const open = () => openOverHttp('WebKitWebDriver', trusting, env);
  const { command, close } = await (display ? orEnd(display.process, open) : open());
  return {
    visit: (url, { width } = {}) => personByWebDriver(command, url, { width, takesWholePages: false }),
    async close() {
      await close();
      if (display) await ended(display.process);
      if (settings) await rm(settings, { recursive: true });
    },
  };
}

/** A folder of settings with a toolbar that lets the window be as narrow as a phone. */
async function gtkSettings(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vouch-gtk-'));
  await mkdir(join(folder, 'gtk-3.0'));
  await writeFile(join(folder, 'gtk-3.0', 'gtk.css'), '* { min-width: 0; padding: 0; margin: 0 }\n');
  return folder;
}

const enterKey = '\uE007';

/** A person in the one window of a browser that is driven by WebDriver, without what the one before was given there. */
async function personByWebDriver(
  command: Command,
  url: string,
  { width, takesWholePages }: { width: number | undefined; takesWholePages: boolean },
): Promise<Person> {
  await command('Navigate', { url });
  await command('DeleteAllCookies');
  const frame = browserWindow(command);
  if (width !== undefined) await frame.resize(width, heightFor(width));
  /** Does something to the first element that a selector finds, as soon as there is one to which it can be done. */
  const does = async (name: Parameters<Command>[0], selector: string, parameters = {}): Promise<unknown> => {
    const { told } = await eventually(selector, async () => {
      try {
        const found = await command('FindElement', { using: 'css selector', value: selector });
        const [id = ''] = Object.values(found as Record<string, string>);
        return { told: await command(name, { id, ...parameters }) };
      } catch (fault) {
        if (!isPassing(fault)) throw fault;
        return undefined;
      }
    });
    return told;
  };
  const type = async (selector: string, text: string): Promise<void> => {
    await does('ElementClear', selector);
    await does('ElementSendKeys', selector, { text });
  };
  return {
    go: async (url) => void (await command('Navigate', { url })),
    shows: async (selector) => void (await does('GetElementText', selector)),
    async arrives(path) {
      await eventually(path, async () => new URL(String(await command('GetCurrentURL'))).pathname === path);
    },
    text: async (selector) => String(await does('GetElementText', selector)),
    value: async (selector) => String(await does('GetElementProperty', selector, { name: 'value' })),
    style: async (selector, propertyName) => String(await does('GetElementCSSValue', selector, { propertyName })),
    type,
    enter: (selector, text) => type(selector, text + enterKey),
    click: async (selector) => void (await does('ElementClick', selector)),
    cookies: async () => (await command('GetCookies')) as Cookie[],
    picture: () => (takesWholePages ? frame.picture({ full: true }) : frame.wholePicture()),
    leave: async () => {},
  };
}
