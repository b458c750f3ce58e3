/** An invalid response, as sent by gateways, proxies and captive portals. */
export interface Garbage {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const kinds: readonly Garbage[] = [
  { status: 200, type: 'text/html', text: '<!DOCTYPE html><title>Log in</title><p>Log in first.' },
  { status: 200, type: 'application/json', text: '{"ResponseContext": {"Req' },
  { status: 200, type: 'application/json', text: '' },
  { status: 200, type: 'application/json', text: 'null' },
  { status: 204, type: 'application/json', text: '' },
];

/** The kinds in turn. @param turn from 0 */
export const garbage = (turn: number): Garbage =>
  kinds[turn % kinds.length] ?? { status: 204, type: '', text: '' };
