const $ = (selector) => document.querySelector(selector);
const root = document.documentElement;
root.classList.add('js');

// Times, in the reader's own zone.
for (const time of document.querySelectorAll('[data-when]')) {
  time.textContent = new Intl.DateTimeFormat(root.lang, JSON.parse(time.dataset.when)).format(new Date(time.dateTime));
}

// After a wrong code the next one is typed over it; any other error takes the focus itself.
const code = $('[data-digits]');
if (code?.ariaInvalid === 'true' || code?.getAttribute('aria-invalid') === 'true') {
  code.focus();
  code.select();
} else {
  $('.summary')?.focus();
}

// Asking again: the seconds run from the answer of the server, whatever this device's clock says.
const resend = $('#resend');
const notice = resend?.querySelector('[role="status"]');
let wait = Number(resend?.dataset.wait ?? 0);
if (wait > 0) {
  const button = resend.querySelector('button');
  const countdown = resend.querySelector('[data-countdown]');
  const end = performance.now() + wait * 1000;
  const tick = () => {
    const left = wait && Math.max(0, Math.ceil((end - performance.now()) / 1000));
    button.disabled = left > 0;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    countdown.textContent = left > 0 && left < 600 ? ` (${clock})` : '';
    if (left > 0) return setTimeout(tick, 250);
    resend.querySelector('[data-until]').style.visibility = 'hidden';
    if (wait && !$('[data-otp]')?.hidden) notice.textContent = notice.dataset.ready;
  };
  tick();
}

// The message: it is asked for until it has left, or until it is known that it will not.
const state = $('[data-state]');
const look = async (times) => {
  const answer = await fetch(state.dataset.state).catch(() => undefined);
  const told = answer?.ok ? (await answer.json()).state : 'sending';
  if (told === 'sending') return times > 0 && setTimeout(look, 1500, times - 1);
  state.textContent = state.dataset[told] ?? state.textContent;
  if (told !== 'failed') return;
  wait = 0;
  notice.textContent = notice.dataset.failed;
  notice.className = 'notice';
};
if (state) setTimeout(look, 500, 20);

// A code that expires while its page is open: the field goes, and a new one can be asked for.
const otp = $('[data-otp]');
if (otp?.dataset.expires) {
  setTimeout(() => {
    otp.hidden = true;
    notice.textContent = notice.dataset.expired;
    notice.className = 'notice';
  }, otp.dataset.expires * 1000);
}

// WebOTP: the browser reads the message, if the reader agrees.
if (otp && 'OTPCredential' in window) {
  const stop = new AbortController();
  otp.addEventListener('submit', () => stop.abort());
  navigator.credentials
    .get({ otp: { transport: ['sms'] }, signal: stop.signal })
    .then((message) => {
      otp.elements.sms_code.value = message.code;
      otp.requestSubmit();
    })
    .catch(() => {});
}

// Of a pasted message the code stays, and of digits the longest code.
code?.addEventListener('input', () => {
  const { digits } = code.dataset;
  const found = code.value.match(`(?<![0-9])[0-9]{${digits}}(?![0-9])`);
  if (found) code.value = found[0];
  else if (/^[\p{Nd}\s-]+$/u.test(code.value)) {
    const typed = code.value.match(/\p{Nd}/gu) ?? [];
    if (typed.length > 8) code.value = typed.slice(0, 8).join('');
  }
});

// A form is sent once, until the browser gives up on it: its Stop button ends the navigation. A browser that does not
// tell so (before the Navigation API) lets a second click through after a second.
const sent = new Map();
const onceForMs = globalThis.navigation ? 10_000 : 1000;
for (const form of document.forms) {
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
  const [first] = added.children;
  document.getElementById(more.dataset.more).append(...added.children);
  const next = page.querySelector('[data-more]');
  if (next) more.href = next.getAttribute('href');
  else more.remove();
  first.tabIndex = -1;
  first.focus();
});
