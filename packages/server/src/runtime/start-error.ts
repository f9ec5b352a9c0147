/** The server could not start; `message` says why and `remedy` what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** Why, for a program. */
  readonly code:
    | 'port_taken'
    | 'not_permitted'
    | 'bad_address'
    | 'database_unavailable'
    | 'not_a_test_installation'
    | 'telemetry_missing'
    | 'one_worker_a_process';
  /** What to do about it. */
  readonly remedy: string;

  constructor(
    code: StartError['code'],
    message: string,
    options: ErrorOptions & { readonly remedy: string },
  ) {
    super(message, options);
    this.code = code;
    this.remedy = options.remedy;
  }
}
