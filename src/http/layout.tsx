import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { type InEachLanguage, type Language, languages } from '../kit/language.ts';
import { assets } from './assets.ts';
import { pageMessages } from './page-messages.ts';

/** The props of the layout. `path` is the page to which the reader returns after a change of language. */
export interface LayoutProps {
  language: Language;
  title: string;
  path: string;
  /** Further fields for the form that changes the language of this page. */
  carries?: Readonly<Record<string, string>> | undefined;
  hasError?: boolean | undefined;
  signedIn?: boolean | undefined;
  /** The script of this page, beside the one of every page. */
  script?: string | undefined;
  /** A sentence for the preview that a messenger shows of a link to this page. */
  preview?: string | undefined;
  children: ComponentChildren;
}

/** A whole HTML document around the content of one page. */
export function Layout({ language, title, path, carries, hasError, signedIn, script, preview, children }: LayoutProps) {
  const words = pageMessages[language];
  return (
    <html lang={language} dir={directions[language]}>
      <Head
        title={hasError ? `${words.error} ${title}` : title}
        preview={preview}
        previewTitle={title}
        script={script}
      />
      <body>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="top">
          <a class="brand" href={signedIn ? '/success/' : '/'}>
            <img src={assets.icon} width="30" height="30" alt="" />
            Vouch
          </a>
          <LanguageSwitch language={language} path={path} carries={carries} />
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <footer class="foot">
          <p>{words.motto}</p>
          <p>
            {signedIn && <a href="/logout/">{words.signOut}</a>} <a href="/redoc/">{words.api}</a>
          </p>
        </footer>
      </body>
    </html>
  );
}

/** The script writes times in the reader's zone, which would move a page that is already painted. */
const beforeRendering = { blocking: 'render' };

interface HeadProps {
  title: string;
  preview: string | undefined;
  previewTitle: string;
  script: string | undefined;
}

function Head({ title, preview, previewTitle, script }: HeadProps) {
  return (
    <head>
      <meta charset="utf-8" />
      <title>{`${title} · Vouch`}</title>
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#f0efea" media="(prefers-color-scheme:light)" />
      <meta name="theme-color" content="#101114" media="(prefers-color-scheme:dark)" />
      <meta name="referrer" content="same-origin" />
      {preview && <meta property="og:title" content={previewTitle} />}
      {preview && <meta property="og:description" content={preview} />}
      <link rel="icon" href={assets.icon} type="image/svg+xml" />
      <link rel="stylesheet" href={assets.css} />
      <script src={assets.js} defer {...beforeRendering} />
      {script && <script src={script} defer {...beforeRendering} />}
    </head>
  );
}

/** The text of a whole document, ready to be sent as `text/html`. */
export function renderPage(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`;
}

const directions: InEachLanguage<'ltr' | 'rtl'> = { ru: 'ltr', en: 'ltr' };
const names: InEachLanguage<string> = { ru: 'Русский', en: 'English' };

function LanguageSwitch({ language, path, carries = {} }: Pick<LayoutProps, 'language' | 'path' | 'carries'>) {
  return (
    <form class="tongues" method="post" action="/language/" aria-label={pageMessages[language].language}>
      <input type="hidden" name="back" value={path} />
      {Object.entries(carries).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {languages.map((option) => (
        <button
          key={option}
          name="language"
          value={option}
          lang={option}
          type="submit"
          aria-current={option === language ? 'true' : undefined}
        >
          {names[option]}
        </button>
      ))}
    </form>
  );
}
