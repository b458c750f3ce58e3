import { createLogUpdate } from 'log-update';

/** The last line of a terminal, rewritten until it is stopped. */
export interface LiveLine {
  /** Shows a line below all others. @param line returns its text, from a sign that turns */
  start(line: (sign: string) => string): void;
  stop(): void;
  /** Writes text above the line. */
  write(text: string): void;
}

/** Milliseconds between two frames, and the frames. */
const period = 100;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Creates the last line of a terminal. The cursor stays visible, so that nothing is to be restored. */
export function liveLine(stream: NodeJS.WriteStream): LiveLine {
  const update = createLogUpdate(stream, { showCursor: true });
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  let isShown = false;
  const clear = (): void => {
    if (isShown) update.clear();
    isShown = false;
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    clear();
  };
  return {
    start(line) {
      stop();
      timer = setInterval(() => {
        frame += 1;
        isShown = true;
        update(line(frames[frame % frames.length] ?? ''));
      }, period).unref();
    },
    stop,
    write(text) {
      clear();
      stream.write(text);
    },
  };
}
