const $ = (selector) => document.querySelector(selector);
const root = document.documentElement;
root.classList.add('js');

// Times, in the reader's own zone.
for (const time of document.querySelectorAll('[data-when]')) {
  time.textContent = new Intl.DateTimeFormat(root.lang, JSON.parse(time.dataset.when)).format(new Date(time.dateTime));
}

$('.summary')?.focus();

// Asking again: the seconds run from the answer of the server, whatever this device's clock says.
const resend = $('[data-wait]');
if (resend) {
  const button = resend.querySelector('button');
  const countdown = resend.querySelector('[data-countdown]');
  const end = performance.now() + Number(resend.dataset.wait) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    button.disabled = left > 0;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
    countdown.textContent = left < 600 ? ` (${clock})` : '';
    if (left > 0) return setTimeout(tick, 250);
    resend.querySelector('[data-until]').style.visibility = 'hidden';
    const status = resend.querySelector('[data-ready]');
    status.textContent = status.dataset.ready;
  };
  tick();
}

// WebOTP: the browser reads the message, if the reader agrees.
const otp = $('[data-otp]');
if (otp && 'OTPCredential' in window) {
  const stop = new AbortController();
  otp.addEventListener('submit', () => stop.abort());
  navigator.credentials
    .get({ otp: { transport: ['sms'] }, signal: stop.signal })
    .then(({ code }) => {
      otp.elements.sms_code.value = code;
      otp.requestSubmit();
    })
    .catch(() => {});
}

// Of a pasted message the code stays, and the reader sees what is sent.
const code = $('[data-digits]');
code?.addEventListener('input', () => {
  const found = code.value.match(`(?<![0-9])[0-9]{${code.dataset.digits}}(?![0-9])`);
  if (found) code.value = found[0];
});

// A form is sent once.
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = '1';
  });
}
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

const say = (text) => {
  $('#copied').textContent = text;
};
const copy = $('[data-copy]');
copy?.addEventListener('click', async () => {
  const { copy: link, done, failed } = copy.dataset;
  say('');
  await navigator.clipboard.writeText(link).then(
    () => say(done),
    () => say(failed),
  );
});

const share = $('[data-share]');
if (share && !navigator.share) share.remove();
share?.addEventListener('click', () => {
  navigator.share({ url: share.dataset.share, text: share.dataset.text }).catch(() => {});
});
