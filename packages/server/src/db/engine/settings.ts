/** Settings of the server, given on its command line: no file of the data folder overrules them. */
export function serverSettings(major: number, options: ServerOptions): Record<string, string> {
  return {
    max_connections: String(options.maxConnections),
    // Small when idle, 24 MB in all; pages are touched as they are used.
    shared_buffers: '32MB',
    maintenance_work_mem: '32MB',
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    jit: 'off',
    autovacuum_max_workers: '1',
    // One machine and short queries: no replicas, no helpers of a query, and so no processes for them.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    max_worker_processes: '0',
    max_parallel_workers: '0',
    ...(major >= 18 ? { io_method: 'sync' } : {}),
    // What was committed stays: through a crash of the server in any case, through a power cut too where it is durable.
    synchronous_commit: 'on',
    fsync: options.isDurable ? 'on' : 'off',
    full_page_writes: options.isDurable ? 'on' : 'off',
    timezone: 'UTC',
    // Errors of statements reach who made them. Statements and rows stay out of the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_timezone: 'UTC',
  };
}

/** What differs between a server for people and one for a test. */
export interface ServerOptions {
  readonly maxConnections: number;
  /** False only for a throw-away database: a crash of the machine loses it. */
  readonly isDurable: boolean;
}
