import type { Config } from '../config/config.ts';
import { StartError } from '../runtime/start-error.ts';

/**
 * Sends traces to the collector of the configuration, if there is one. Else nothing of OpenTelemetry is loaded.
 *
 * @returns What sends the last spans and ends.
 * @throws {StartError} If the packages of OpenTelemetry are not installed.
 */
export async function startTracing(config: Config): Promise<() => Promise<void>> {
  if (config.otlpEndpoint === undefined) return async () => undefined;
  return (await loadTracing()).startTracer({
    endpoint: config.otlpEndpoint,
    headers: config.otlpHeaders?.open() ?? {},
    serviceName: config.otelServiceName,
  });
}

async function loadTracing(): Promise<typeof import('./tracer.ts')> {
  try {
    return await import('./tracer.ts');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StartError(
      'telemetry_missing',
      'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages of OpenTelemetry are not installed.',
      {
        cause: error,
        remedy:
          'Install them beside Greenroom: npm install @opentelemetry/api @opentelemetry/resources @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http',
      },
    );
  }
}
