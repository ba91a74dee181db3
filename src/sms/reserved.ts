/**
 * The numbers that a country's regulator reserves for fiction: a number, or the last of a range after a dash; E.164,
 * spaced.
 */
const reserved: Readonly<Record<string, readonly string[]>> = {
  // https://www.ofcom.org.uk/phones-telecoms-and-internet/information-for-industry/numbering/numbers-for-drama
  // older lists have 028 9018 0 for Northern Ireland, which may have been assigned since
  GB: [
    ...['113', '114', '115', '116', '117', '118', '121', '131', '141', '151', '161'].map(
      (area) => `+44 ${area} 496 0000-0999`,
    ),
    '+44 191 498 0000-0999',
    '+44 20 7946 0000-0999',
    '+44 28 9649 6000-6999',
    '+44 29 2018 0000-0999',
    '+44 1632 960000-960999',
    '+44 3069 990000-990999',
    '+44 7700 900000-900999',
    '+44 808 157 0000-0999',
    '+44 909 879 0000-0999',
  ],
  // decision 2018-0881, 2.5.12: https://www.legifrance.gouv.fr/jorf/article_jo/JORFARTI000037263033
  FR: ['1 99 00', '2 61 91', '3 53 01', '4 65 71', '5 36 49', '6 39 98'].map((block) => `+33 ${block} 0000-9999`),
  // https://www.comreg.ie: National Numbering Conventions, 020 91X XXXX
  IE: ['+353 20 910 0000-919 9999'],
  // https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works
  AU: [
    ...['2', '3', '7', '8'].flatMap((area) => [`+61 ${area} 5550 0000-9999`, `+61 ${area} 7010 0000-9999`]),
    ...['570 006', '570 110', '570 156-159', '570 313', '570 737', '571 266', '571 491', '571 804', '572 549'],
    ...['572 665', '572 983', '573 087', '573 770', '574 118', '574 632', '575 254', '575 789', '576 398', '576 801'],
    ...['577 426', '577 644', '578 148', '578 888', '578 957', '579 212', '579 455', '579 760'],
    ...['+61 1800 160 401', '+61 1800 975 707-711', '+61 1300 975 707-711'],
  ].map((row) => (row.startsWith('+') ? row : `+61 491 ${row}`)),
  // https://www.pts.se/sv/bransch/telefoni/nummer-och-adressering/telefonnummer-for-anvandning-i-bocker-och-filmer-etc/
  SE: [
    '+46 70 174 06 05-99',
    '+46 31 390 06 00-99',
    '+46 40 628 04 00-99',
    '+46 8 465 004 00-99',
    '+46 980 319 2 00-99',
  ],
  // notice 148/2021 of https://www.bundesnetzagentur.de, under SharedDocs/Downloads/DE/Sachgebiete/Telekommunikation/
  // Unternehmen_Institutionen/Nummerierung/Rufnummern/Mittlg148_2021.pdf
  DE: [
    '+49 30 23125 000-999',
    '+49 40 66969 000-999',
    '+49 69 90009 000-999',
    '+49 89 99998 000-999',
    '+49 221 4710 000-999',
    ...['+49 152 28817386', '+49 152 28895456', '+49 152 54599371', '+49 171 39200 00-99', '+49 172 9925904'],
    ...['+49 172 9968532', '+49 172 9973185-6', '+49 172 9980752', '+49 174 9091317', '+49 174 9464308'],
    '+49 176 040690 00-99',
  ],
};

const rows: readonly [first: string, last: string][] = Object.values(reserved)
  .flat()
  .map((row) => {
    const [first = '', last = ''] = row.replaceAll(' ', '').split('-');
    return [first, first.slice(0, first.length - last.length) + last];
  });

/**
 * https://www.nanpa.com, 555 line numbers: 555-0100 to 555-0199 of each area code of the North American plan, of a
 * toll-free one only 555-0199.
 */
const northAmerican =
  /^\+1(?:8(?:00|33|44|55|66|77|88)5550199|(?!8(?:00|33|44|55|66|77|88)|\d11)[2-9][0-8]\d55501\d\d)$/;

/**
 * Whether a regulator reserves a number, E.164, for fiction, so that it belongs to nobody: that of the United Kingdom,
 * France, Ireland, Sweden, Germany, Australia or the North American plan. Unknown numbers count as assigned.
 */
export function isFictional(phoneNumber: string): boolean {
  if (northAmerican.test(phoneNumber)) return true;
  // digits of one length sort like the numbers that they write
  return (
    /^\+\d+$/.test(phoneNumber) &&
    rows.some(([first, last]) => phoneNumber.length === first.length && first <= phoneNumber && phoneNumber <= last)
  );
}
