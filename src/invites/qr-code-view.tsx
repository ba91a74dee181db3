import { encode } from 'uqr';

/** The light margin around a QR code in modules: ISO/IEC 18004, 5.3.8. */
const quietZone = 4;

/** A QR code as a drawing. Its ground stays light and its modules dark in each colour scheme, as scanners need it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: quietZone });
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={data.map(rowPath).join('')} />
    </svg>
  );
}

/** The dark modules of a row, each run of them as a rectangle. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = '';
  let start = 0;
  while (start < row.length) {
    const isDark = row[start];
    const next = row.indexOf(!isDark, start);
    const end = next === -1 ? row.length : next;
    if (isDark) path += `M${start} ${y}h${end - start}v1h-${end - start}z`;
    start = end;
  }
  return path;
}
