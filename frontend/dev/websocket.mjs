// The server's side of RFC 6455, as far as the stand-in needs it: whole, unmasked messages out;
// what comes in only counts as "a message came".
import { createHash } from "node:crypto";

export function accept(request, socket, onMessage, onClose) {
  const key = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  let buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      if (buffer.length < 2) return;
      const opcode = buffer[0] & 15;
      let length = buffer[1] & 127;
      let head = 2;
      if (length === 126) {
        if (buffer.length < 4) return;
        length = buffer.readUInt16BE(2);
        head = 4;
      }
      const whole = head + 4 + length;
      if (buffer.length < whole) return;
      buffer = buffer.subarray(whole);
      if (opcode === 8) {
        socket.end(Buffer.from([0x88, 0]));
        return;
      }
      if (opcode === 1 || opcode === 2) onMessage();
    }
  });
  socket.on("close", onClose);
  socket.on("error", () => socket.destroy());
  return {
    send(data) {
      if (socket.destroyed || !socket.writable) return;
      const payload = Buffer.isBuffer(data) ? data : Buffer.from(data);
      const opcode = Buffer.isBuffer(data) ? 0x82 : 0x81;
      let head;
      if (payload.length < 126) head = Buffer.from([opcode, payload.length]);
      else if (payload.length < 65536) {
        head = Buffer.from([opcode, 126, 0, 0]);
        head.writeUInt16BE(payload.length, 2);
      } else {
        head = Buffer.alloc(10);
        head[0] = opcode;
        head[1] = 127;
        head.writeBigUInt64BE(BigInt(payload.length), 2);
      }
      socket.write(Buffer.concat([head, payload]));
    },
  };
}
