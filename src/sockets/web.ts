/** Web streams over a client. They are made of promises whatever the face, which is why this file may be. */

/** The largest piece that a view hands on. */
const PIECE = 65_536;

export function readableOf(
  receive: (limit: number) => PromiseLike<Uint8Array | undefined> | Uint8Array | undefined,
  cancel: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await receive(PIECE);
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      cancel,
    },
    { highWaterMark: 0 }, // nothing is received before it is read
  );
}

export function writableOf(
  send: (data: Uint8Array | string) => PromiseLike<number> | number,
  end: () => void,
  abort: () => void,
): WritableStream<Uint8Array | string> {
  return new WritableStream<Uint8Array | string>({
    async write(data) {
      await send(data);
    },
    close: end,
    abort,
  });
}
