const $ = (selector) => document.querySelector(selector);
const root = document.documentElement;
root.classList.add('js');

// Times, in the reader's own zone.
const showTimes = (part) => {
  for (const time of part.querySelectorAll('[data-when]')) {
    time.textContent = new Intl.DateTimeFormat(root.lang, JSON.parse(time.dataset.when)).format(
      new Date(time.dateTime),
    );
  }
};
showTimes(document);

$('.summary')?.focus();

// A form is sent once, until the browser gives up on it: its Stop button ends the navigation. A browser that does not
// tell so (before the Navigation API) lets a second click through after a second.
const sent = new Map();
const onceForMs = globalThis.navigation ? 10_000 : 1000;
for (const form of document.querySelectorAll('form:not([data-otp])')) {
  form.addEventListener('submit', (event) => {
    if (performance.now() - (sent.get(form) ?? -Infinity) < onceForMs) event.preventDefault();
    else sent.set(form, performance.now());
  });
}
const forget = () => sent.clear();
addEventListener('pageshow', forget);
globalThis.navigation?.addEventListener('navigate', ({ signal }) => signal.addEventListener('abort', forget));

const tell = (text) => {
  $('#copied').textContent = text;
};
const copy = $('[data-copy]');
copy?.addEventListener('click', async () => {
  const { copy: link, done, failed } = copy.dataset;
  tell('');
  await navigator.clipboard.writeText(link).then(
    () => tell(done),
    () => tell(failed),
  );
});

const share = $('[data-share]');
if (share && !navigator.share) share.remove();
share?.addEventListener('click', () => {
  navigator.share({ url: share.dataset.share, text: share.dataset.text }).catch(() => {});
});

// A long list grows in its place; without this script the link leads to the next page of it.
document.addEventListener('click', async (event) => {
  const more = event.target.closest?.('[data-more]');
  if (!more || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const go = () => location.assign(more.href);
  const answer = await fetch(more.href).catch(() => undefined);
  if (!answer?.ok || new URL(answer.url).pathname !== location.pathname) return go();
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const added = page.getElementById(more.dataset.more);
  if (!added) return go();
  showTimes(added);
  const [first] = added.children;
  document.getElementById(more.dataset.more).append(...added.children);
  const next = page.querySelector('[data-more]');
  if (next) more.href = next.getAttribute('href');
  else {
    // the way back to the first page stays
    const links = more.parentElement;
    more.remove();
    if (!links.childElementCount) links.remove();
  }
  first.tabIndex = -1;
  first.focus();
});
