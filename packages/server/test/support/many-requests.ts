/** Settings of a server whose tests ask more often than people do. */
export const MANY_REQUESTS = {
  GREENROOM_REQUESTS_PER_MINUTE_PER_ADDRESS: '1000000',
  GREENROOM_REQUESTS_PER_MINUTE_PER_KEY: '1000000',
};
