/** Places of a flow's numbers in its slab. Times in microseconds since 1970; statistics as `statistics.ts` keeps them. */
export const START = 0;
export const LAST = 1;
export const FWD_LAST = 2;
export const BWD_LAST = 3;
export const ACTIVE_START = 4;
export const ACTIVE_END = 5;

/** Payload of packets: mean, sum of squared deviations, sum. */
export const LENGTH = 6;
export const FWD_LENGTH = 9;
export const BWD_LENGTH = 12;
/** Sum, from the begin of a statistic of lengths. */
export const SUM = 2;

/** Times between packets: mean, sum of squared deviations, minimum, maximum, and (not for the whole flow's) sum. */
export const GAP = 15;
export const FWD_GAP = 19;
export const BWD_GAP = 24;
export const GAP_SUM = 4;
/** Minimum and maximum, from the begin of a statistic of times. */
export const MIN = 2;
export const MAX = 3;

export const FWD_HEADERS = 29;
export const BWD_HEADERS = 30;
/** What of the connection's time lies before this flow, once it was cut by a timeout. */
export const CONNECTION_TIME = 31;

/** Bulks of a direction, from the begin: of the candidate its start (0: none), last packet and bytes; duration and bytes of all. */
export const FWD_BULK = 32;
export const BWD_BULK = 37;
export const BULK_LAST = 1;
export const BULK_SIZE = 2;
export const BULK_DURATION = 3;
export const BULK_BYTES = 4;

/** Active and idle periods: mean, sum of squared deviations, minimum, maximum. */
export const ACTIVE = 42;
export const IDLE = 46;

export const NUMBERS = 50;
