/** Where ISO 8601 and the date in a `log_id` need a fifth digit; milliseconds since 1970. */
export const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59);
