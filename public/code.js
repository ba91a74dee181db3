// The code page: the code is submitted at its last digit, and a wrong one is told without leaving the page.
const page = (selector) => document.querySelector(selector);
const otp = page('[data-otp]');
const field = page('[data-digits]');
const problem = page('#sms_code-error');
const state = page('.lead span');
let again;
let button;
let status;
const findResend = () => {
  again = page('#resend');
  button = again.querySelector('button');
  status = again.querySelector('[role="status"]');
};
findResend();
const label = button.textContent;
let busy = false;

// A shorter text may need a line less: what follows it stays in its place.
const keepHeight = (part) => {
  part.style.minBlockSize = `${part.getBoundingClientRect().height}px`;
};

// The wait for another code, by the answer of the server, whatever this device's clock says. A device that sleeps may
// stop one of its two clocks, and the other one may be set back: the one that is further counts.
const started = [performance.now(), Date.now()];
const passed = () => Math.max(performance.now() - started[0], Date.now() - started[1]);
let waitMs = Number(again.dataset.wait ?? 0) * 1000;
let timer;
const tick = () => {
  clearTimeout(timer);
  const left = waitMs && Math.max(0, Math.ceil((waitMs - passed()) / 1000));
  for (const one of document.querySelectorAll('#resend button, [form="resend"]')) one.disabled = left > 0;
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  const text = left > 0 && left <= 3600 ? `${button.dataset.in}\u00a0${clock}` : label;
  if (otp?.hidden) button.textContent = button.dataset.new;
  else if (button.textContent !== text) {
    keepHeight(button);
    button.textContent = text;
  }
  if (left > 0) {
    timer = setTimeout(tick, 250);
    return;
  }
  again.querySelector('[data-until]')?.remove();
  if (waitMs && !otp?.hidden) status.textContent = status.dataset.ready;
};
if (waitMs > 0) tick();

// The message: its state is polled until it has left, or is known not to leave.
const poll = async (times) => {
  const body = new URLSearchParams(new FormData(page('#change')));
  const answer = await fetch(state.dataset.state, { method: 'POST', body }).catch(() => undefined);
  const report = answer?.ok ? await answer.json() : { state: 'sending' };
  // what became of a message no longer matters once its code has expired
  if (otp?.hidden) return;
  if (report.state === 'sending') return times > 0 && setTimeout(poll, 1500, times - 1);
  keepHeight(state.parentElement);
  state.textContent = state.dataset[report.state] ?? state.textContent;
  if (report.state !== 'failed') return;
  waitMs = 0;
  tick();
  status.textContent = status.dataset[report.cause];
  status.className = 'notice';
};
if (state.dataset.state) setTimeout(poll, 500, 20);

const show = (text) => {
  problem.textContent = text;
  if (text) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
};

let refused = {};
const submit = async () => {
  if (busy) return;
  // the same code again, as by Enter after the last digit, which has submitted it: that would cost a second guess
  if (field.value === refused.code) {
    show(refused.text);
    return field.select();
  }
  // a guess is dear, and this is none
  if (field.value.length < Number(otp.dataset.length ?? 1)) return show(otp.dataset.incomplete);
  busy = true;
  otp.querySelector('button').setAttribute('aria-disabled', 'true');
  show('');
  const body = new URLSearchParams(new FormData(otp));
  const answer = await fetch(otp.action, { method: 'POST', body, headers: { accept: 'application/json' } }).catch(
    () => undefined,
  );
  const isJson = answer?.headers.get('content-type')?.startsWith('application/json');
  const result = isJson ? await answer.json().catch(() => ({})) : { error: otp.dataset.offline };
  if (result.location) return location.assign(result.location);
  // a page instead of a sentence, as of an overloaded server: the browser shows it
  if (answer && !isJson) return otp.submit();
  busy = false;
  otp.querySelector('button').removeAttribute('aria-disabled');
  if (answer?.status === 400) refused = { code: body.get('sms_code'), text: result.error };
  show(result.error ?? '');
  field.focus();
  field.select();
};

// Digits of any script, as Unicode orders them: in tens.
const digit = (sign) => {
  let first = sign.codePointAt(0);
  const end = first;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((end - first) % 10);
};
const digitsOf = (text) => (text.match(/\p{Nd}/gu) ?? []).map(digit).join('');

if (otp) {
  const length = Number(otp.dataset.length ?? 0);
  const max = Number(field.dataset.digits);
  let before = field.value;
  const read = () => {
    const text = field.value;
    const caret = digitsOf(text.slice(0, field.selectionStart)).length;
    const latin = text.replace(/\p{Nd}/gu, digit);
    const found = length > 0 && latin.match(`(?<![0-9])[0-9]{${length}}(?![0-9])`);
    const code = busy ? before : found ? found[0] : digitsOf(text).slice(0, max);
    if (code !== text) {
      field.value = code;
      field.setSelectionRange(found ? max : caret, found ? max : caret);
    }
    if (busy || code === before) return;
    before = code;
    show('');
    // a text with other words may hold other digits, and a guess is dear
    if (code.length === length && (found || /^[\p{Nd}\s-]*$/u.test(text))) submit();
  };
  field.addEventListener('input', (event) => event.isComposing || read());
  field.addEventListener('compositionend', read);
  otp.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  if (field.getAttribute('aria-invalid') === 'true') {
    field.focus();
    field.select();
  }

  // A code that expires while its page is open: the field goes, and one button is left.
  if (otp.dataset.expires) {
    setTimeout(() => {
      const hadFocus = otp.contains(document.activeElement);
      otp.hidden = true;
      page('.help').remove();
      page('.eyebrow').textContent = otp.dataset.eyebrow;
      document.title = document.title.replace(page('h1').textContent, otp.dataset.title);
      page('h1').textContent = otp.dataset.title;
      state.textContent = otp.dataset.expired;
      status.className = 'sr';
      status.textContent = '';
      button.className = 'button';
      // what is new does not move: neither the button nor what follows it shifts
      for (const part of [page('main'), page('.foot')]) part.replaceWith(part.cloneNode(true));
      findResend();
      // after a sleep of the device this timer may come before that of the wait
      tick();
      if (hadFocus) button.focus();
    }, otp.dataset.expires * 1000);
  }

  // WebOTP: the browser reads the message, if the reader agrees.
  if ('OTPCredential' in window) {
    navigator.credentials
      .get({ otp: { transport: ['sms'] } })
      .then((message) => {
        field.value = message.code;
        read();
      })
      .catch(() => {});
  }
}
