const root = document.documentElement;
root.classList.add('js');

// Times, in the reader's own zone.
for (const time of document.querySelectorAll('[data-when]')) {
  time.textContent = new Intl.DateTimeFormat(root.lang, JSON.parse(time.dataset.when)).format(new Date(time.dateTime));
}

document.querySelector('.summary')?.focus();

// A form is sent once, also by a double click; the page that comes back sends again.
const sent = new WeakMap();
for (const form of document.querySelectorAll('form[method=post]')) {
  form.addEventListener('submit', (event) => {
    if (performance.now() - (sent.get(form) ?? -Infinity) < 1000) event.preventDefault();
    else sent.set(form, performance.now());
  });
}

// Live figures: the page stays as it is if the answer does not come.
const live = document.querySelector('[data-live]');
if (live) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(live.dataset.live).catch(() => undefined);
    if (!answer?.ok || answer.redirected) return;
    for (const [name, value] of Object.entries(await answer.json())) {
      const figure = live.querySelector(`[data-figure="${name}"]`);
      if (figure) figure.textContent = value;
    }
  }, 15_000);
}
