/** The access to the metrics, by its three variables; undefined if nobody has any. */
export function metricsAccess({
  METRICS_HOST: host,
  METRICS_PORT: port,
  METRICS_TOKEN: token,
}: {
  readonly METRICS_HOST: string;
  readonly METRICS_PORT: number | undefined;
  readonly METRICS_TOKEN: string | undefined;
}) {
  return port === undefined && token === undefined ? undefined : { host, port, token };
}
