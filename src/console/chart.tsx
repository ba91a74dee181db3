import { scaleBand, scaleLinear } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';

/** A series of values, in the order of the names of its chart; undefined where there is none yet. */
export interface Series {
  readonly name: string;
  /** Its form and colour: wide columns, narrow ones within them, an area or a line. */
  readonly look: 'bars' | 'inner' | 'area' | 'line';
  readonly values: readonly (number | undefined)[];
}

/** The props of a chart. Its numbers stand in a table beside it, so the picture has only a name. */
export interface ChartProps {
  title: string;
  names: readonly string[];
  series: readonly Series[];
}

const width = 960;
const height = 240;
const edge = { top: 12, right: 8, bottom: 26, left: 44 };

/** Columns, areas and lines over names, as SVG that the server makes: it needs no script, and prints. */
export function Chart({ title, names, series }: ChartProps) {
  const max = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const x = scaleBand(names, [edge.left, width - edge.right]).padding(0.25);
  const y = scaleLinear([0, max], [height - edge.bottom, edge.top]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={title}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={edge.left} x2={width - edge.right} y1={y(tick)} y2={y(tick)} />
          <text x={edge.left - 8} y={y(tick) + 4} text-anchor="end">
            {tick}
          </text>
        </g>
      ))}
      {names.map((name, index) => (
        <text key={name} x={(x(name) ?? 0) + x.bandwidth() / 2} y={height - 6} text-anchor="middle">
          {names.length <= 12 || index % 3 === 0 ? name : ''}
        </text>
      ))}
      {series.map((one) => (
        <Drawn key={one.name} series={one} names={names} x={x} y={y} />
      ))}
    </svg>
  );
}

interface DrawnProps {
  series: Series;
  names: readonly string[];
  x: ReturnType<typeof scaleBand<string>>;
  y: ReturnType<typeof scaleLinear<number, number>>;
}

function Drawn({ series: { look, values }, names, x, y }: DrawnProps) {
  const middle = (index: number) => (x(names[index] ?? '') ?? 0) + x.bandwidth() / 2;
  if (look === 'bars' || look === 'inner') {
    const inset = look === 'inner' ? x.bandwidth() / 4 : 0;
    return (
      <g class={look}>
        {values.map((value, index) => (
          <rect
            key={index}
            x={(x(names[index] ?? '') ?? 0) + inset}
            y={y(value ?? 0)}
            width={x.bandwidth() - 2 * inset}
            height={y(0) - y(value ?? 0)}
            rx={2}
          />
        ))}
      </g>
    );
  }
  const points = values.map((value, index) => ({ value, at: middle(index) }));
  type Point = (typeof points)[number];
  const isThere = ({ value }: Point) => value !== undefined;
  const top = (point: Point) => y(point.value ?? 0);
  const shape =
    look === 'area'
      ? area<Point>(({ at }) => at, y(0), top)
          .defined(isThere)
          .curve(curveMonotoneX)
      : line<Point>(({ at }) => at, top)
          .defined(isThere)
          .curve(curveMonotoneX);
  return <path class={look} d={shape(points) ?? ''} />;
}
