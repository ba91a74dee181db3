import type { ComponentChildren } from 'preact';
import { assets } from '../http/assets.ts';
import { useSite } from '../http/branding.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { fill } from '../kit/text.ts';
import { type Act, acts, roles } from '../operators/act.ts';
import type { OperatorActor, Reader } from './visit.ts';

/** The sections of the console in the order of use, each with its path and the act that its page shows. */
export const sections = {
  number: { path: '/', act: 'read_people' },
  today: { path: '/today/', act: 'read_totals' },
  messages: { path: '/messages/', act: 'read_messages' },
  people: { path: '/people/', act: 'read_people' },
  invites: { path: '/invites/', act: 'read_invites' },
  blocks: { path: '/blocks/', act: 'read_blocks' },
  webhooks: { path: '/webhooks/', act: 'manage_webhooks' },
  transfer: { path: '/transfer/', act: 'import_people' },
  clients: { path: '/clients/', act: 'read_clients' },
  keys: { path: '/keys/', act: 'manage_keys' },
  operators: { path: '/operators/', act: 'manage_operators' },
  audit: { path: '/audit/', act: 'read_audit' },
  settings: { path: '/settings/', act: 'read_settings' },
} as const satisfies Record<string, { path: string; act: Act }>;

/** The name of a section. */
export type Section = keyof typeof sections;

/** The props of the layout; without an operator there is no navigation. */
export interface ConsoleLayoutProps {
  reader: Reader & { readonly actor?: OperatorActor; readonly phoneNumber?: PhoneNumber };
  title: string;
  section?: Section | undefined;
  hasError?: boolean | undefined;
  children: ComponentChildren;
}

/** A whole document of the console around the content of one page. */
export function ConsoleLayout({ reader, title, section, hasError, children }: ConsoleLayoutProps) {
  const { language, words, base } = reader;
  const { files } = useSite();
  return (
    <html lang={language} dir="ltr">
      <Head reader={reader} title={hasError ? `! ${title}` : title} />
      <body class="console">
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="bar">
          <a class="brand" href={`${base}/`}>
            <img src={files.icon.url} width={26} height={26} alt="" />
            {words.title}
          </a>
          {reader.actor && <Navigation reader={reader} actor={reader.actor} section={section} />}
          <Languages reader={reader} />
        </header>
        <main id="main" tabIndex={-1}>
          <h1>{title}</h1>
          {children}
        </main>
        <Foot reader={reader} />
      </body>
    </html>
  );
}

function Head({ reader, title }: { reader: Reader; title: string }) {
  const { brand, files } = useSite();
  return (
    <head>
      <meta charset="utf-8" />
      <title>{`${title} · ${reader.words.title} · ${brand.name}`}</title>
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="same-origin" />
      <link rel="icon" href={files.icon.url} type="image/svg+xml" />
      <link rel="stylesheet" href={files.stylesheet.url} />
      <link rel="stylesheet" href={assets.consoleCss} />
      <script src={assets.consoleJs} defer />
    </head>
  );
}

function Foot({ reader: { words, base, actor, phoneNumber } }: Pick<ConsoleLayoutProps, 'reader'>) {
  if (!actor || !phoneNumber) return null;
  const number = maskPhoneNumber(phoneNumber);
  return (
    <footer class="foot">
      <p>{fill(words.signedInAs, { role: words.roles[actor.role], number })}</p>
      <form method="post" action={`${base}/sign-out/`}>
        <button class="link" type="submit">
          {words.signOut}
        </button>
      </form>
    </footer>
  );
}

/** The sections that the role may read: a hint for the reader, since each page asks its use case again. */
function Navigation({
  reader: { words, base },
  actor,
  section,
}: {
  reader: Reader;
  actor: OperatorActor;
  section: Section | undefined;
}) {
  const mayRead = (act: Act) => roles.indexOf(actor.role) >= roles.indexOf(acts[act].role);
  const shown = Object.entries(sections).flatMap(([name, { path, act }]) =>
    mayRead(act) && isSection(name) ? [{ name, path }] : [],
  );
  return (
    <nav aria-label={words.sections}>
      <ul>
        {shown.map(({ name, path }) => (
          <li key={name}>
            <a href={base + path} aria-current={name === section ? 'page' : undefined}>
              {words.nav[name]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function isSection(name: string): name is Section {
  return Object.hasOwn(sections, name);
}

const languageNames = { ru: 'Русский', en: 'English' } as const;

function Languages({ reader: { base, language, words } }: { reader: Reader }) {
  const other = language === 'ru' ? 'en' : 'ru';
  return (
    <form class="languages" method="post" action={`${base}/language/`}>
      <span class="sr">{words.language}: </span>
      <button class="link" name="language" value={other} type="submit" lang={other}>
        {languageNames[other]}
      </button>
    </form>
  );
}
