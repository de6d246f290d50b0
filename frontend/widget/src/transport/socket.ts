/** Frames over WebSocket. */
import type { OpenWire } from "./wire.ts";

export const openSocket: OpenWire = (url, hello, take, lost) => {
  const socket = new WebSocket(url("w/socket").replace("http", "ws"));
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = ({ data }) => take(JSON.parse(data as string));
  socket.onclose = ({ code }) => lost(code);
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    close() {
      socket.onclose = socket.onmessage = null;
      socket.close();
    },
  };
};
