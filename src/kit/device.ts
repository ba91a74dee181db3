const systems: readonly [RegExp, string][] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

const programs: readonly [RegExp, string][] = [
  [/YaBrowser\//, 'Yandex Browser'],
  [/EdgA?\/|EdgiOS\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

/**
 * A short name of the device for its owner ("Chrome, Android"), from `User-Agent`. For other programs it is the first
 * word, 60 characters at most; empty without a header.
 */
export function deviceOf(userAgent: string | undefined): string {
  if (!userAgent) return '';
  const program = find(programs, userAgent) ?? userAgent.split(/[\s/(]/, 1)[0]?.replace(/[^\x21-\x7e]/g, '');
  const system = find(systems, userAgent);
  return [program, system].filter(Boolean).join(', ').slice(0, 60);
}

function find(names: readonly [RegExp, string][], userAgent: string): string | undefined {
  return names.find(([pattern]) => pattern.test(userAgent))?.[1];
}
