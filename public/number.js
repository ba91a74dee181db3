// The number page: a country that can be searched, and a number that is grouped while it is typed.
const byId = (id) => document.getElementById(id);
const select = byId('region_code');
const phone = byId('phone_number');
const digitsIn = (text) => text.replace(/\D/g, '');
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

const textOf = ([, name, callingCode]) => `${name} +${callingCode}`;
let current = JSON.parse(select?.querySelector('[data-country]')?.dataset.country ?? 'null');
let countries;
const loadCountries = async () => {
  countries ??= fetch(select.dataset.list)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .catch(() => {
      countries = undefined;
      return [...select.options].map(({ value, text }) => [value, ...text.split(' +'), '', '', 1]);
    });
  return countries;
};

// The combobox of WAI-ARIA with a list: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
const box = document.createElement('input');
const list = document.createElement('ul');
const told = document.createElement('p');
let shown = [];
let active = -1;

const choose = (country) => {
  current = country;
  if (![...select.options].some(({ value }) => value === country[0]))
    select.add(new Option(textOf(country), country[0]));
  select.value = country[0];
  box.value = textOf(country);
};

/** Takes the country that a person chose, into an international number too. */
const pick = (country) => {
  const before = `+${current[2]}`;
  choose(country);
  if (!phone.value.startsWith(before)) return;
  ours = grouped(`+${country[2]}${phone.value.slice(before.length)}`);
  phone.value = ours;
};

const close = () => {
  list.hidden = true;
  list.children[active]?.removeAttribute('aria-selected');
  active = -1;
  box.setAttribute('aria-expanded', 'false');
  box.removeAttribute('aria-activedescendant');
  box.value = textOf(current);
  // what is typed next is another country
  if (document.activeElement === box) box.select();
};

const activate = (index) => {
  list.children[active]?.removeAttribute('aria-selected');
  active = shown.length ? (index + shown.length) % shown.length : -1;
  const option = list.children[active];
  if (!option) return box.removeAttribute('aria-activedescendant');
  option.setAttribute('aria-selected', 'true');
  box.setAttribute('aria-activedescendant', option.id);
  option.scrollIntoView({ block: 'nearest' });
};

const english = new Intl.DisplayNames('en', { type: 'region' });
const wordsOf = (text) => ` ${plain(text).replace(/[^\p{L}\d]+/gu, ' ')}`;

// Names and options are made once: a cheap phone takes long for all countries.
const namesByCode = new Map();
const optionsByCode = new Map();
const once = (made, key, make) => {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
};

/** How well a country fits what is typed: 0 not at all, 1 by a later word of its name, 2 by its beginning or a code. */
const fit = ([code, name, callingCode], query) => {
  if (code.toLowerCase() === query || callingCode.startsWith(query.replace(/^\+/, '') || '-')) return 2;
  const names = once(namesByCode, code, () => [wordsOf(name), wordsOf(english.of(code))]);
  if (names.some((text) => text.startsWith(` ${query}`))) return 2;
  return names.some((text) => text.includes(` ${query}`)) ? 1 : 0;
};

const toOption = ([code, name, callingCode]) => {
  const option = document.createElement('li');
  option.id = `country-${code}`;
  option.setAttribute('role', 'option');
  if (!callingCode) option.setAttribute('aria-disabled', 'true');
  const number = document.createElement('span');
  number.textContent = callingCode ? `+${callingCode}` : '';
  option.append(`${name} `, number);
  return option;
};

// What a person does is painted first; the list, which a cheap phone draws slowly, follows in the next frame.
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
let pending;
const open = async (query = '') => {
  const all = await loadCountries();
  if (document.activeElement !== box) return;
  const own = { all, wanted: plain(query).trim() };
  pending = own;
  await painted();
  if (pending === own) draw();
};

/** Draws the list that is still to be drawn, if any. */
const draw = () => {
  if (!pending) return;
  const { all, wanted } = pending;
  pending = undefined;
  list.children[active]?.removeAttribute('aria-selected');
  shown = wanted === '' ? all : [2, 1].flatMap((level) => all.filter((country) => fit(country, wanted) === level));
  list.replaceChildren(...shown.map((country) => once(optionsByCode, country[0], () => toOption(country))));
  if (shown.length === 0) list.append(toOption(['', select.dataset.none]));
  told.textContent = shown.length === 0 ? select.dataset.none : '';
  list.hidden = false;
  box.setAttribute('aria-expanded', 'true');
  active = -1;
  const own = shown.findIndex(([code]) => code === current[0]);
  activate(wanted === '' ? Math.max(0, own) : 0);
};

/** A country that was found by typing is taken by going on. */
const leave = () => {
  draw();
  const isTyped = box.value !== textOf(current) && box.value !== '';
  if (!list.hidden && isTyped && shown[active]) pick(shown[active]);
  told.textContent = '';
  close();
};

const keys = {
  ArrowDown: () => (list.hidden ? open() : activate(active + 1)),
  ArrowUp: () => (list.hidden ? open() : activate(active - 1)),
  Enter: () => {
    if (list.hidden) return open();
    if (shown[active]) pick(shown[active]);
    close();
  },
  Escape: close,
};

/** Puts the combobox in the place of the list that works without it. */
const mountCountry = () => {
  Object.assign(box, { id: 'country', type: 'text', autocomplete: 'off', spellcheck: false, role: 'combobox' });
  for (const [name, value] of [
    ['aria-autocomplete', 'list'],
    ['aria-controls', 'countries'],
    ['aria-expanded', 'false'],
    ['role', 'combobox'],
    ['enterkeyhint', 'done'],
  ])
    box.setAttribute(name, value);
  list.id = 'countries';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-labelledby', 'country-label');
  list.hidden = true;
  told.setAttribute('role', 'status');
  told.className = 'sr';
  byId('country-label').htmlFor = 'country';
  select.hidden = true;
  select.after(box, list, told);
  box.value = textOf(current);
  box.addEventListener('focus', () => box.select());
  box.addEventListener('mousedown', (event) => {
    if (!list.hidden) return;
    // a click into selected text would put the caret there
    event.preventDefault();
    box.focus();
    box.select();
    open();
  });
  box.addEventListener('click', () => list.hidden && open());
  box.addEventListener('input', () => open(box.value));
  box.addEventListener('keydown', (event) => {
    // before the focus moves: a list that scrolls would take it
    if (event.key === 'Tab') leave();
    if (keys[event.key]) draw();
    if (event.isComposing || !keys[event.key] || (event.key === 'Escape' && list.hidden)) return;
    event.preventDefault();
    keys[event.key]();
  });
  box.addEventListener('blur', leave);
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('li');
    if (!option || shown.length === 0) return;
    pick(shown[[...list.children].indexOf(option)]);
    close();
    phone.focus();
  });
};

// An international number names its country itself. Several countries may share a calling code: the first digits of the
// national number tell them apart, and the main one has the other numbers.
const toInternational = (text) => {
  const [, sign] = /^\s*(\+|00)/.exec(text) ?? [];
  const digits = digitsIn(text);
  if (sign) return digits.replace(sign === '00' ? /^00/ : '', '');
  const [, , callingCode, pattern, trunkPattern, , leading] = current;
  if (leading === undefined || digits === '') return '';
  // longer than any number of the country: the plus was forgotten
  if (digits.length > digitsIn(pattern.replaceAll('#', '0')).length && digits.startsWith(callingCode)) return digits;
  return callingCode + (digits[0] === trunkPattern[0] ? digits.slice(1) : digits);
};

const switchCountry = async () => {
  if (toInternational(phone.value) === '') return;
  const all = await loadCountries();
  const digits = toInternational(phone.value);
  const fits = all.filter(([, , callingCode]) => callingCode && digits.startsWith(callingCode));
  const has = ([, , callingCode, , , isMain, leading], isEnough) => {
    const rest = digits.slice(callingCode.length);
    if (!leading) return Boolean(isMain);
    return leading.split(' ').some((first) => rest.startsWith(first) || (isEnough && first.startsWith(rest)));
  };
  const found =
    fits.find((country) => country[6] && has(country)) ??
    fits.find((country) => country[0] === current[0] && has(country, true)) ??
    fits.find((country) => country[5]);
  if (!found || found[0] === current[0]) return;
  choose(found);
  told.textContent = textOf(found);
};

/** Digits in the groups of a pattern; as they are if they do not fit into it. */
const group = (pattern, digits) => {
  if (digits.length > pattern.replace(/[^\d#]/g, '').length) return digits;
  let text = '';
  let next = 0;
  for (const sign of pattern) {
    if (next === digits.length) break;
    text += /[\d#]/.test(sign) ? digits[next++] : sign;
  }
  return text;
};

const grouped = (text) => {
  const [, , callingCode, pattern, trunkPattern] = current;
  const digits = digitsIn(text);
  if (text.startsWith('+')) {
    if (!digits.startsWith(callingCode)) return text;
    const rest = digits.slice(callingCode.length);
    return rest ? `+${callingCode} ${group(pattern, rest)}` : text;
  }
  if (digits.startsWith('00')) return text;
  return group(trunkPattern && digits[0] === trunkPattern[0] ? trunkPattern : pattern, digits);
};

// Only digits that are added at the end get spaces between them: the caret stays where it is, what is deleted stays
// deleted, and a person who writes groups of their own keeps them. `ours` is the beginning that has our groups.
let ours = '';
const regroup = () => {
  const { value } = phone;
  const added = value.startsWith(ours) ? value.slice(ours.length) : value;
  if (!/^\+?\d*$/.test(added) || phone.selectionStart !== value.length) return;
  ours = grouped(value);
  if (ours !== value) phone.value = ours;
};

if (select && current) {
  mountCountry();
  phone.addEventListener('input', async (event) => {
    if (event.isComposing) return;
    const isDeleted = event.inputType?.startsWith('delete');
    if (ours.startsWith(phone.value)) ours = phone.value;
    if (!isDeleted) regroup();
    const before = current;
    await switchCountry();
    if (!isDeleted && current !== before) regroup();
  });
  addEventListener('pageshow', () => {
    choose(current);
    if (grouped(phone.value) === phone.value) ours = phone.value;
    switchCountry();
  });
}

// On a desktop the number can be typed at once; on a phone the keyboard would hide the page.
const isFree = document.activeElement === document.body || document.activeElement === null;
if (isFree && !document.querySelector('.summary') && matchMedia('(hover: hover) and (pointer: fine)').matches)
  phone.focus({ preventScroll: true });
