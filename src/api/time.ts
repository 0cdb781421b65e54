/** Times as the API writes them. */

/** RFC 3339, UTC, whole seconds. */
export const timeText = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** RFC 3339, UTC, microseconds: the type MicroTime. */
export const microTimeText = (date: Date): string => date.toISOString().replace('Z', '000Z');

/** Milliseconds since 1970; NaN when it is no time. */
export const timeOf = (text: string): number => Date.parse(text);

/** A text of so many seconds later. */
export const addSeconds = (text: string, seconds: number): string => timeText(new Date(timeOf(text) + seconds * 1000));
