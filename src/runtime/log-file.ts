/** A log file as lines of bytes: forwards from a place, and the place where its last lines begin. */
import { constants, type FileHandle, open } from 'node:fs/promises';

const BLOCK = 64 * 1024;
const NEWLINE = 0x0a;

export class LogFile {
  readonly #handle: FileHandle;
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** undefined when there is no such file. */
  static async open(path: string): Promise<LogFile | undefined> {
    try {
      return new LogFile(await open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Is the file at `path` another one by now, because the log was rotated? */
  async replaced(path: string): Promise<boolean> {
    const other = await LogFile.open(path);
    if (!other) return false;
    try {
      return (await other.#handle.stat()).ino !== (await this.#handle.stat()).ino;
    } finally {
      await other.close();
    }
  }

  /** The whole lines from here to the present end. An unfinished one waits for its rest. */
  async *lines(): AsyncGenerator<Buffer> {
    for (;;) {
      // a buffer of its own each time: the lines are parts of it
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, this.#at);
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      let block: Buffer = buffer.subarray(0, bytesRead);
      if (this.#rest.length > 0) block = Buffer.concat([this.#rest, block]);
      let start = 0;
      for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
        yield block.subarray(start, end);
        start = end + 1;
      }
      this.#rest = block.subarray(start);
    }
  }

  /**
   * Goes to where the last `count` lines of the container's output begin. An entry that is a part does not end a line, unless it is
   * the last of all.
   */
  async seekTail(count: number, isPartial: (line: Buffer) => boolean): Promise<void> {
    let wanted = count;
    let last = true;
    for await (const { line, end } of this.#backwards()) {
      const endsLine = last || !isPartial(line);
      last = false;
      if (!endsLine) continue;
      if (wanted === 0) {
        this.#at = end;
        return;
      }
      wanted -= 1;
    }
    this.#at = 0;
  }

  /** Whole lines from the end to the start, each with the offset after its newline. */
  async *#backwards(): AsyncGenerator<{ line: Buffer; end: number }> {
    let position = (await this.#handle.stat()).size;
    let pending: Buffer = Buffer.alloc(0);
    let complete = false;
    while (position > 0) {
      const length = Math.min(BLOCK, position);
      position -= length;
      const { buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, position);
      let block: Buffer = Buffer.concat([buffer, pending]);
      if (!complete) {
        // what follows the last newline is being written
        const lastNewline = block.lastIndexOf(NEWLINE);
        complete = lastNewline >= 0;
        block = complete ? block.subarray(0, lastNewline + 1) : block;
      }
      if (!complete) {
        pending = block;
        continue;
      }
      let end = block.length;
      while (end > 0) {
        const start = end >= 2 ? block.lastIndexOf(NEWLINE, end - 2) + 1 : 0;
        // its start may lie in the block before
        if (start === 0 && position > 0) break;
        yield { line: block.subarray(start, end - 1), end: position + end };
        end = start;
      }
      pending = block.subarray(0, end);
    }
  }
}
