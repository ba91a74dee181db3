import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { brandLinks } from '../brand/brand.ts';
import { colorSheet } from '../brand/color-sheet.ts';
import type { LogoFile } from '../brand/files.ts';
import { type InEachLanguage, type Language, languages } from '../kit/language.ts';
import { directionOf, fill } from '../kit/text.ts';
import { assets } from './assets.ts';
import { type AppLook, type BrandedSite, SiteContext, useSite } from './branding.ts';
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
  /** The URL that the browser goes on to by itself. */
  next?: string | undefined;
  children: ComponentChildren;
}

/** A whole HTML document around the content of one page. */
export function Layout(props: LayoutProps) {
  const { language, title, path, carries, hasError, signedIn, script, preview, next, children } = props;
  const words = pageMessages[language];
  return (
    <html lang={language} dir={directionOf(words.skip)}>
      <Head
        title={hasError ? `${words.error} ${title}` : title}
        preview={preview}
        previewTitle={title}
        script={script}
        next={next}
      />
      <body>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        <header class="top">
          <a class="brand" href={signedIn ? '/account/' : '/'}>
            <BrandMark />
          </a>
          <LanguageSwitch language={language} path={path} carries={carries} />
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <Foot language={language} signedIn={signedIn} />
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
  next: string | undefined;
}

function Head({ title, preview, previewTitle, script, next }: HeadProps) {
  const { brand, files, app } = useSite();
  return (
    <head>
      <meta charset="utf-8" />
      {next && <meta http-equiv="refresh" content={`0; url=${next}`} />}
      <title>{`${title} · ${app?.name ?? brand.name}`}</title>
      <meta name="viewport" content="width=device-width,initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content="#f0efea" media="(prefers-color-scheme:light)" />
      <meta name="theme-color" content="#101114" media="(prefers-color-scheme:dark)" />
      <meta name="referrer" content="same-origin" />
      {preview && <Preview title={previewTitle} text={preview} />}
      <link rel="icon" href={files.icon.url} type="image/svg+xml" />
      {brand.isOwn && <link rel="apple-touch-icon" href={files.touchIcon.url} />}
      {brand.isOwn && <link rel="manifest" href={files.manifest.url} />}
      <link rel="stylesheet" href={files.stylesheet.url} />
      {app?.color && <link rel="stylesheet" href={colorSheet(app.color).url} />}
      <script src={assets.js} defer {...beforeRendering} />
      {script && <script src={script} defer {...beforeRendering} />}
    </head>
  );
}

/** The preview that a messenger shows of a link (Open Graph): only absolute URLs work there. */
function Preview({ title, text }: { title: string; text: string }) {
  const { brand, files, publicUrl } = useSite();
  return (
    <>
      <meta property="og:site_name" content={brand.name} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={text} />
      <meta property="og:image" content={publicUrl + files.preview.url} />
      <meta property="og:image:width" content="1200" />
      <meta property="og:image:height" content="630" />
      <meta name="twitter:card" content="summary_large_image" />
    </>
  );
}

const markHeight = 30;

function BrandMark() {
  const { brand, files, app } = useSite();
  if (app) return <AppMark app={app} />;
  if (!files.logo) {
    return (
      <>
        <img src={files.icon.url} width={markHeight} height={markHeight} alt="" />
        {brand.name}
      </>
    );
  }
  const { light, dark } = files.logo;
  const size = ({ ratio }: LogoFile) => ({ width: Math.round(markHeight * ratio), height: markHeight });
  return (
    <picture>
      <source srcset={dark.url} media="(prefers-color-scheme:dark)" {...size(dark)} />
      <img src={light.url} {...size(light)} alt={brand.name} />
    </picture>
  );
}

/** The logo of an app has a plate of its own, so that a dark picture is seen on a dark page. */
function AppMark({ app: { name, logo } }: { app: AppLook }) {
  if (!logo) return <>{name}</>;
  const width = Math.round(markHeight * logo.ratio);
  return <img class="plate" src={logo.url} width={width} height={markHeight} alt={name} />;
}

function Foot({ language, signedIn }: Pick<LayoutProps, 'language' | 'signedIn'>) {
  const { brand, app } = useSite();
  const words = pageMessages[language];
  const links = brandLinks.flatMap((link) => {
    const address = brand.links[link];
    return address ? [{ address, text: link === 'home' ? brand.name : words.brandLinks[link] }] : [];
  });
  return (
    <footer class="foot">
      <p>{app ? fill(words.signInBy, { name: brand.name }) : words.motto}</p>
      <p>
        {links.map(({ address, text }) => (
          <a key={address} href={address}>
            {text}
          </a>
        ))}{' '}
        {signedIn && <a href="/logout/">{words.signOut}</a>} {!brand.isOwn && <a href="/redoc/">{words.api}</a>}
      </p>
    </footer>
  );
}

/** The text of a whole document, ready to be sent as `text/html`. */
export function renderPage(page: VNode, site: BrandedSite): string {
  return `<!doctype html>${renderToString(<SiteContext.Provider value={site}>{page}</SiteContext.Provider>)}`;
}

const names: InEachLanguage<string> = {
  ru: 'Русский',
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  tr: 'Türkçe',
  kk: 'Қазақша',
};

function LanguageSwitch({ language, path, carries = {} }: Pick<LayoutProps, 'language' | 'path' | 'carries'>) {
  return (
    <details class="tongues">
      <summary>
        <span class="sr">{pageMessages[language].language}: </span>
        {names[language]}
      </summary>
      <form method="post" action="/language/">
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
    </details>
  );
}
